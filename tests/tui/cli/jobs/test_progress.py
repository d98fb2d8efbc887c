"""A job's state as lines of text."""

from __future__ import annotations

import io

from hypothesis import given
from rich.console import Console

from core.events import Event
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import NOTES_KEPT, reduce
from core.printable import printable_lines
from tests.core.jobs.events import ODD_EVENTS
from tui.cli.jobs.progress import PlainLines, WarningLines, picture


def note(number: int) -> Event:
    return Event(number, 1.0, 1.0, "note", None, {"level": "info", "message": f"note {number}."})


def test_plain_lines_print_each_note_once() -> None:
    out = io.StringIO()
    view = PlainLines(Console(file=out), "Title", "id")
    state = JobState()
    for number in range(NOTES_KEPT + 50):
        state = reduce(state, [note(number)])
        view.show(state)
    view.show(reduce(state, [note(number) for number in range(900, 900 + NOTES_KEPT + 10)]))
    printed = [line.strip() for line in out.getvalue().splitlines()]
    assert printed[: NOTES_KEPT + 50] == [f"note {number}." for number in range(NOTES_KEPT + 50)]
    assert printed[-1] == f"note {909 + NOTES_KEPT}."
    assert len(printed) == 2 * NOTES_KEPT + 50


def test_quiet_view_prints_only_warnings() -> None:
    out = io.StringIO()
    warning = Event(2, 1.0, 1.0, "note", None, {"level": "warning", "message": "Two leaves were left out."})
    events = [Event(0, 1.0, 0.0, "stage_started", "a", {"title": "Generate"}), note(1), warning]
    WarningLines(Console(file=out)).show(reduce(JobState(), events))
    assert out.getvalue() == "! Two leaves were left out.\n"


@given(ODD_EVENTS)
def test_picture_shows_any_events(events: list[Event]) -> None:
    state = reduce(JobState(), events)
    out = io.StringIO()
    console = Console(file=out, width=80)
    PlainLines(console, "Title", "id").show(state)
    console.print(picture(state, "Title", "id", 80))
    assert "Title" in out.getvalue()
    assert printable_lines(out.getvalue()) == out.getvalue()


def test_picture_prefers_figures_to_bar() -> None:
    progress = {"done": 1456, "total": 8744, "unit": "samples", "seconds_left": 381}
    events = [
        Event(0, 1.0, 0.0, "stage_started", "a", {"title": "Evaluate multiple choice"}),
        Event(1, 1.0, 1.0, "stage_finished", "a", {"status": "succeeded", "seconds": 1}),
        Event(2, 1.0, 2.0, "stage_started", "b", {"title": "Train"}),
        Event(3, 1.0, 3.0, "metric", "b", {"step": 200, "values": {"loss": 0.6224}}),
        Event(4, 1.0, 4.0, "progress", "b", progress),
    ]
    state = reduce(JobState(), events)
    for width, has_bar, end in ((120, True, "6:21 left"), (80, True, "6:21 left"), (60, False, "…")):
        out = io.StringIO()
        Console(file=out, width=width).print(picture(state, "Title", "id", width))
        line = next(line.rstrip() for line in out.getvalue().splitlines() if line.startswith("▶"))
        assert line.endswith(end)
        assert ("╸" in line) == has_bar


def test_plain_lines_at_growing_intervals() -> None:
    out = io.StringIO()
    view = PlainLines(Console(file=out), "Title", "id")
    state = reduce(JobState(), [Event(0, 1.0, 0.0, "stage_started", "a", {"title": "A"})])
    for second in range(3600):
        done = 0 if second < 600 else second
        progress = {"done": done, "total": 9999, "unit": "requests", "seconds_left": second}
        state = reduce(state, [Event(second, 1.0, second, "progress", "a", progress)])
        view.show(state)
    figures = [line for line in out.getvalue().splitlines() if "requests" in line]
    assert sum(line.startswith("  0/9,999 requests") for line in figures) == 1
    assert 5 < len(figures) < 25
