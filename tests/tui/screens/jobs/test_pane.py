"""The Jobs pane, with real jobs in processes of their own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Button

from core.events import Event
from core.jobs.control import remove
from core.jobs.folder import JobFolder, JobStore
from core.jobs.follow import JobFollower
from core.jobs.launch import launch
from core.jobs.spec import new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from tests.core.jobs.test_follow import metric_events
from tests.tui.cli.running import labtop
from tests.tui.helpers import screen_text, shows, until
from tests.waiting import wait_for
from tui.app import Workbench
from tui.screens.jobs.pane import JobsPane

pytestmark = pytest.mark.slow


def start(title: str = "Count the steps", **options: Any) -> JobFolder:
    return launch(new_spec("run", "tests.core.jobs.work:run", {"do": "count", **options}, title=title))


async def test_jobs_running_job_is_shown_live(tmp_path: Path) -> None:
    job = start(steps=40, pause=0.02, until=str(tmp_path / "go"))
    wait_for(job, "running")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await until(lambda: isinstance(app.screen, JobsPane))
        await shows(app, "running", "Count the steps", "▶1", job.id, "40/40 steps", "step 40", "loss")
        (tmp_path / "go").touch()
        await shows(app, "succeeded", "100%", "counted")
        await until(lambda: "▶1" not in screen_text(app))


async def test_jobs_log_attach_and_back(tmp_path: Path) -> None:
    job = start(steps=300, pause=0.001)
    wait_for(job, "succeeded")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "succeeded", "job succeeded")  # the end of the log is always shown
        await pilot.press("l")
        await shows(app, "event log", "Count: started", "following")
        await pilot.press("l")
        await shows(app, "raw output", "step 300")
        await pilot.press("tab")
        await shows(app, "event log", "Count: started")
        await pilot.press("escape")
        await shows(app, "outcome", "STATUS")  # the names of the columns, too
        await pilot.press("enter")
        await until(lambda: app.screen.has_class("-attached"))
        await pilot.press("l", "escape")
        await until(lambda: "outcome" in screen_text(app))
        assert app.screen.has_class("-attached")
        await pilot.press("escape")
        assert not app.screen.has_class("-attached")
        await pilot.press("escape")
        assert isinstance(app.screen, JobsPane)


async def test_jobs_attached_job_removed_elsewhere_returns_to_the_list() -> None:
    jobs = [start(steps=1), start(steps=1)]
    for job in jobs:
        wait_for(job, "succeeded")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, jobs[0].id, jobs[1].id)
        await pilot.press("enter")
        await until(lambda: app.screen.has_class("-attached"))
        remove(jobs[1])
        await until(lambda: len(app.context.jobs) == 1)
        await until(lambda: not app.screen.has_class("-attached"))


async def test_jobs_empty_raw_output_says_why() -> None:
    folder = JobStore().create(new_spec("train", "none:none", {}, title="Silent"))
    folder.write_status({"status": "succeeded", "started": 1.0, "seconds": 5.0, "progress": 1.0})
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8", "l", "l")
        await shows(app, "raw output", "Nothing was written; what the job reported is in the event log (l).")


async def test_jobs_zoom_shows_the_newest_steps(tmp_path: Path) -> None:
    job = start(steps=300, pause=0.001)
    wait_for(job, "succeeded")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "succeeded", "z Zoom")
        assert "last quarter" not in screen_text(app)
        await pilot.press("z")
        await shows(app, "loss, last quarter")
        await pilot.press("z")
        await until(lambda: "last quarter" not in screen_text(app))
        await pilot.press("l")
        await until(lambda: "z Zoom" not in screen_text(app))


async def test_jobs_stop_asks_with_cancel_as_default(tmp_path: Path) -> None:
    job = start(steps=1, until=str(tmp_path / "never"))
    wait_for(job, "running")
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("8")
        await shows(app, "running", "c Stop")
        await pilot.press("c")
        await shows(app, "Keep running", "Stop job")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, JobsPane))
        assert not (job.control / "cancel").exists()
        await pilot.press("c")
        await shows(app, "Stop job")
        await pilot.press("right", "enter")
        await shows(app, "is stopping", "c again ends it now")
        await shows(app, "cancelled", "r Resume", "Stopped.")
        await pilot.press("x")
        await shows(app, "Remove records")
        await pilot.press("tab", "enter")
        await shows(app, "No jobs yet")
    assert not job.path.exists()


async def test_jobs_quickstart_started_here_is_listed_in_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "Press n for the quickstart")
        await pilot.press("n")
        await shows(app, "Start the quickstart?", "enter Start", "esc Cancel")
        assert isinstance(app.focused, Button)
        assert app.focused.variant == "default"  # not the colour of danger
        await pilot.press("left")
        await shows(app, "enter Cancel")
        await pilot.press("right", "enter")
        await shows(app, "running", "Write the taxonomy", "Generate data")
        job = JobStore().list()[0]
        listed = json.loads(labtop("process", "list", "--json").stdout)
        assert [(each["id"], each["kind"]) for each in listed] == [(job.id, "quickstart")]
        assert (tmp_path / "labtop-quickstart").is_dir()
        labtop("process", "cancel", job.id, "--now")
        await shows(app, "cancelled")


async def test_jobs_failed_job_shows_reason_and_resumes(tmp_path: Path) -> None:
    job = launch(new_spec("train", "tests.core.jobs.work:run", {"do": "fail"}, title="Train on nothing"))
    wait_for(job, "failed")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "failed", "The data is not there.", f"labtop process resume {job.id}", "r Resume")
        await pilot.press("r")
        await until(lambda: len(app.context.jobs) == 2, "the new job in the list")
        pane = app.screen
        assert isinstance(pane, JobsPane)
        await until(lambda: pane.chosen is not None and pane.chosen.spec.resumes == job.id)
        await until(lambda: all(job.status == "failed" for job in app.context.jobs))


async def test_jobs_filter_narrows_list() -> None:
    first, second = start("Alpha", steps=1), start("Beta", steps=1)
    for job in (first, second):
        wait_for(job, "succeeded")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "Alpha", "Beta")
        await pilot.press("slash", *"alp")
        await until(lambda: "Beta" not in screen_text(app))
        await pilot.press("enter", "escape")
        await shows(app, "Alpha", "Beta")


async def test_palette_finds_job() -> None:
    job, other = start("Alpha", steps=1), start("Beta", steps=1)
    wait_for(job, "succeeded")
    wait_for(other, "succeeded")
    app = Workbench()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("ctrl+p")
        await pilot.press(*"job alpha")
        await shows(app, f"job: {job.id} Alpha")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, JobsPane))
        pane = app.screen
        assert isinstance(pane, JobsPane)
        await until(lambda: pane.chosen is not None and pane.chosen.spec.id == job.id)


async def test_jobs_many_events_are_read_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """50,000 events: a thread that works in long stretches would hold the screen."""
    spec = new_spec("train", "none:none", {}, title="A long training")
    folder = JobStore().create(spec)
    folder.events.write_text(metric_events(50_000))
    folder.write_status({"status": "succeeded", "started": 1.0, "seconds": 5000.0, "progress": 1.0})
    pieces: list[int] = []

    def counted(state: JobState, events: Sequence[Event]) -> JobState:
        pieces.append(len(events))
        return reduce(state, events)

    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        pane = app.screen
        assert isinstance(pane, JobsPane)
        await until(lambda: pane.detail.events_shown, "the first reader")
        assert pane.chosen is not None
        pane.detail.reset()
        pane.detail.show_job(pane.chosen)
        monkeypatch.setattr("core.jobs.follow.reduce", counted)
        pane._follow(JobFollower(folder))
        await shows(app, "Reading the events")
        assert "steps" not in screen_text(app).partition("Reading")[2].partition("╭")[0], (
            "nothing old is shown as present"
        )
        await until(lambda: pane.detail.events_shown == 50_003, "the whole story")
        await shows(app, "step 50,000", "steps")
    assert max(pieces) < 500
