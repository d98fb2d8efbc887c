"""The curves of a job in detail."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from core.jobs.observe import Observation
from core.jobs.spec import new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.state.series import Series
from tests.core.overview.jobs import FakeJob
from tests.tui.helpers import screen_text, until
from widgets.glyphs import UNICODE
from widgets.jobs.job_detail import JobDetail


class DetailApp(App[object]):
    def compose(self) -> ComposeResult:
        yield JobDetail(UNICODE, id="detail")


@pytest.mark.parametrize(("lowest", "log"), [(0.05, False), (0.01, True)])
async def test_curves_over_more_than_two_decades_have_a_log_axis(lowest: float, log: bool) -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 24)) as pilot:
        detail = app.query_one(JobDetail)
        detail.show(JobState(), "loss", [Series("phase 1", (1, 2, 3, 4), (4.0, 0.1, lowest, lowest))])
        await pilot.pause()
        assert ("loss, log axis" in detail.query_one("#job-chart").border_title) is log  # type: ignore[operator]
        detail.toggle_axis()
        assert ("loss, log axis" in detail.query_one("#job-chart").border_title) is not log  # type: ignore[operator]


async def test_zoomed_curves_have_their_own_axis() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 24)):
        detail = app.query_one(JobDetail)
        detail.show(JobState(), "loss", [Series("phase 1", (1, 2, 3, 4), (4.0, 0.1, 0.01, 0.02))])
        detail.zoomed = True
        assert detail.query_one("#job-chart").border_title == "loss, last quarter"
        await until(lambda: "0.015" in screen_text(app))
        detail.reset()
        assert not detail.zoomed


async def test_reading_is_shown_until_the_state_is_known() -> None:
    app = DetailApp()
    async with app.run_test(size=(80, 24)):
        detail = app.query_one(JobDetail)
        detail.show_reading(0.25)
        await until(lambda: "Reading the events… ━━━━━╌" in screen_text(app) and "25%" in screen_text(app))
        assert detail.events_shown == 0


async def test_state_after_hiding_is_shown_without_waiting_for_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    app = DetailApp()
    state = reduce(JobState(), FakeJob("train", 5).start("train").events)
    spec = new_spec("train", "none:none", {}, title="Train")
    async with app.run_test(size=(80, 24)):
        detail = app.query_one(JobDetail)
        detail.show_job(Observation(spec, "running", 0.0, 5.0, None, None, None, None, "", None, None, None, None))
        detail.show(state, "loss", [])
        shown: list[int] = []
        monkeypatch.setattr(detail, "_show_all", lambda: shown.append(1))
        detail.show(state, "loss", [])
        assert not shown  # it is shown with the next tick of the clock
        detail.expire()
        detail.show(state, "loss", [])
        assert shown
