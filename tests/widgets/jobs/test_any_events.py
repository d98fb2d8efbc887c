"""The detail of a job with any events can be drawn."""

from __future__ import annotations

from hypothesis import given

from core.events import Event
from core.jobs.state.job_curves import curves_of
from core.jobs.state.job_state import JobState
from core.jobs.state.rates import rates_of
from core.jobs.state.reducer import reduce
from tests.core.jobs.events import ODD_EVENTS
from widgets.glyphs import UNICODE
from widgets.jobs.job_text import count_lines, end_lines, note_lines, score_lines
from widgets.jobs.rate_text import rate_line, rate_lines
from widgets.jobs.stage_lines import compact_lines, stage_lines


@given(ODD_EVENTS)
def test_detail_of_any_events_is_drawn(events: list[Event]) -> None:
    state = reduce(JobState(), events)
    known, rates = state.estimate, rates_of(state)
    assert known.fraction is None or 0 <= known.fraction <= 1
    assert known.seconds_left is None or known.seconds_left >= 0
    curves_of(state, [state])
    for width in (40, 76):
        lines = [
            *stage_lines(state, known, width, UNICODE),
            *compact_lines(state, known, width, UNICODE),
            *rate_line(rates, width),
            *rate_lines(rates, width, UNICODE),
            *score_lines(state, width, UNICODE),
            *count_lines(state.counts.values(), width, UNICODE),
            *note_lines(state, width, UNICODE),
            *end_lines(state, state.status, width, UNICODE),
        ]
        assert all("\n" not in str(line) for line in lines)
