from __future__ import annotations

from core.events import Event
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.state.stage_text import stage_figures


def test_download_shows_its_rate() -> None:
    progress = {"done": 500.0, "total": 87_000.0, "unit": "MB", "rate": 212.4, "seconds_left": 400.0}
    events = [
        Event(1, 1.0, 0.0, "stage_started", "download", {"title": "Download"}),
        Event(2, 1.0, 2.0, "progress", "download", progress),
    ]
    state = reduce(JobState(), events)
    assert stage_figures(state.stages["download"], state).startswith("500/87,000 MB, 212 MB/s")
