"""The panes that do not exist yet: the Jobs pane with the jobs of their kinds."""

from __future__ import annotations

from textual.widgets import Static

from core.jobs.folder import JobStore
from core.jobs.spec import Kind, new_spec
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.jobs.pane import JobsPane
from widgets.jobs.job_row import header_line
from widgets.shell.pane_tabs import PaneTabs


def add(kind: Kind) -> str:
    return JobStore().create(new_spec(kind, "none:none", {}, title=f"A job of {kind}")).id


async def test_kinds_show_the_jobs_of_a_pane() -> None:
    for kind in ("quickstart", "generate", "train", "evaluate", "serve"):
        add(kind)
    app = Workbench()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("3")
        await shows(app, "Jobs: generate, ingest", "8 shows all jobs", "A job of generate", "A job of quickstart")
        assert app.screen.query_one(PaneTabs).current == "data"
        assert "A job of train" not in screen_text(app)
        await pilot.press("8")
        await shows(app, "A job of serve", "A job of train", "A job of generate")
        assert app.screen.query_one(PaneTabs).current == "jobs"
        pane = app.screen
        assert isinstance(pane, JobsPane)
        await pilot.press("3")
        await app.action_show_job(next(job.spec.id for job in app.context.jobs if job.spec.kind == "serve"))
        await until(lambda: pane.chosen is not None and pane.chosen.spec.kind == "serve")


async def test_kinds_without_a_job_say_so() -> None:
    add("train")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await shows(app, "No jobs of these kinds yet. Press g to generate data, or 8 to see all jobs.")


async def test_header_is_above_its_columns_when_there_are_many_jobs() -> None:
    add("serve")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "A job of serve", "STATUS")
        for _ in range(9):
            add("train")
        await until(lambda: len(app.context.jobs) == 10)
        pane = app.screen
        assert isinstance(pane, JobsPane)
        await until(lambda: pane.jobs.show_vertical_scrollbar)
        expected = str(header_line(pane.jobs.scrollable_content_region.width)).rstrip()
        await until(lambda: expected == str(pane.query_one("#job-header", Static).render()).rstrip())
