"""The log of a job, closed and open."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from core.jobs.event_log import LogEntry
from tests.tui.helpers import screen_text, until
from widgets.glyphs import ASCII
from widgets.jobs.job_log import JobLog


class LogApp(App[object]):
    CSS = "JobLog { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield JobLog(ASCII, id="log")


def step(number: int) -> LogEntry:
    return LogEntry(0.0, "step", f"step {number}")


async def test_closed_log_adds_steps_together_and_all_else_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = LogApp()
    async with app.run_test(size=(40, 14)) as pilot:
        monkeypatch.setattr("widgets.jobs.job_log.STEPS_SECONDS", 60.0)
        log = app.query_one(JobLog)
        log.add_entries([step(1)], again=True)
        log.add_entries([LogEntry(0.0, "stage", "Train: started")], again=False)
        log.add_entries([step(2)], again=False)
        log.add_entries([step(3)], again=False)
        await pilot.pause()
        assert "Train: started" in screen_text(app)
        assert "step 2" not in screen_text(app)
        log.add_entries([LogEntry(0.0, "error", "job failed")], again=False)
        await until(lambda: "job failed" in screen_text(app))
        assert "step 3" in screen_text(app)
        log.add_entries([step(4)], again=False)
        log.is_open = True
        await until(lambda: "step 4" in screen_text(app))
        log.add_entries([step(5)], again=False)
        await until(lambda: "step 5" in screen_text(app))
        log.is_open = False
        monkeypatch.setattr("widgets.jobs.job_log.STEPS_SECONDS", 0.2)
        log.add_entries([step(6)], again=False)
        await until(lambda: "step 6" in screen_text(app))
