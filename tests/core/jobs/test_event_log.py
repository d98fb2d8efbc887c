"""Events as lines for people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from core.events import Event
from core.jobs.event_log import EventLog
from tests.core.jobs.events import ODD_EVENTS
from tests.core.jobs.recordings import recorded


def event(kind: str, t: float, stage: str | None = "train", /, **data: Any) -> Event:
    return Event(0, 1000.0 + t, t, kind, stage, data)


def test_event_log_of_a_quickstart() -> None:
    entries = EventLog().add(recorded("quickstart-short"))
    texts = [entry.message for entry in entries]
    assert texts[0] == "quickstart started: process 8485 on workstation"
    assert "Train phase 1: knowledge: started" in texts
    assert "checkpoint saved: samples_2186, 3.1 MB, loss 3.185" in texts
    assert "score of phase1/samples_2186 on mmlu_branch: 0.925 ± 0.041, 40 questions" in texts
    assert "Train phase 2: skills: done after 52 s" in texts
    assert texts[-1] == "job succeeded"
    assert {entry.level for entry in entries} == {"stage", "step", "info", "good"}


def test_event_log_shows_a_step_a_second() -> None:
    steps = [event("metric", step / 10, step=step, values={"loss": 1.0, "lr": 1e-4}) for step in range(100)]
    log = EventLog()
    assert [entry.message for entry in log.add(steps)][:2] == [
        "step 0  loss 1  lr 1.00e-04",
        "step 10  loss 1  lr 1.00e-04",
    ]
    assert len(log.entries) == 10
    assert len(EventLog(step_seconds=0.0).add(steps)) == 100


def test_event_log_shows_progress_where_there_are_no_steps() -> None:
    reports = [event("progress", t, "generate", done=10 * t, total=None, unit="requests", rate=10.0) for t in range(31)]
    steps = [event("metric", 0, step=1, values={"loss": 1.0}), event("progress", 5, done=1, total=2, unit="samples")]
    texts = [entry.message for entry in EventLog().add([*reports, *steps])]
    assert texts == [
        "10 requests  10 requests/s",
        "110 requests  10 requests/s",
        "210 requests  10 requests/s",
        "step 1  loss 1",
    ]


def test_event_log_is_bounded_and_keeps_what_is_not_a_step() -> None:
    log = EventLog(limit=100)
    for step in range(10_000):
        new = [event("metric", step * 2.0, step=step, values={"loss": 1.0})]
        if step % 1000 == 0:
            new.append(event("note", step * 2.0, level="warning", message=f"Note {step}.", hint=None))
        log.add(new)
    assert len(log.entries) <= 100
    assert log.thinned
    assert log.entries[-1].message.startswith("step 9,999")
    assert "Note 9000." in [entry.message for entry in log.entries]


@pytest.mark.parametrize(
    ("level", "shown"), [("warning", "warning"), ("error", "error"), ("info", "info"), ("odd", "info")]
)
def test_event_log_level_of_notes(level: str, shown: str) -> None:
    (entry,) = EventLog().add([event("note", 1, level=level, message="Slow disk.", hint="Use another.")])
    assert (entry.level, entry.message) == (shown, "Slow disk. Use another.")


def test_event_log_of_a_failed_job_has_its_reason() -> None:
    error = {"message": "No server.", "hint": "Start one."}
    (entry,) = EventLog().add([event("job_finished", 1, None, status="failed", error=error)])
    assert (entry.level, entry.message) == ("error", "job failed: No server. Start one.")


@given(ODD_EVENTS)
def test_event_log_accepts_any_events(events: list[Event]) -> None:
    for entry in EventLog().add(events):
        assert "\n" not in entry.text
