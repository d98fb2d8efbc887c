"""The job on Home."""

from __future__ import annotations

from textual.app import App, ComposeResult

from core.jobs.observe import Observation
from core.jobs.spec import new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from tests.core.overview.jobs import FakeJob
from tests.tui.helpers import screen_text, until
from widgets.glyphs import UNICODE
from widgets.home.job_panel import JobPanel


class PanelApp(App[object]):
    def compose(self) -> ComposeResult:
        yield JobPanel(UNICODE, id="job")


async def test_stage_without_a_total_has_no_bar() -> None:
    job = FakeJob("generate", 5).start("generate").add("progress", "generate", done=39, unit="requests")
    spec = new_spec("generate", "none:none", {}, title="Generate")
    observed = Observation(spec, "running", 0.0, 5.0, None, None, None, None, "", None, None, None, None)
    app = PanelApp()
    async with app.run_test(size=(80, 10)):
        panel = app.query_one(JobPanel)
        panel.show(observed, reduce(JobState(), job.events), "", [])
        await until(lambda: "39 requests" in screen_text(app))
        assert "%" not in screen_text(app)
        job.add("progress", "generate", done=39, total=156, unit="requests")
        panel.show(observed, reduce(JobState(), job.events), "", [])
        await until(lambda: "━╌" in screen_text(app) and " 25%" in screen_text(app))
