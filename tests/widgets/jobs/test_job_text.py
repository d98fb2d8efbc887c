"""The state of a job as lines of text."""

from __future__ import annotations

from dataclasses import replace

from core.events import Event
from core.jobs.state.job_state import Count, JobState, Score
from core.jobs.state.rates import rates_of
from core.jobs.state.reducer import reduce
from widgets.glyphs import ASCII, UNICODE
from widgets.jobs.job_text import count_lines, end_lines, note_lines, score_lines
from widgets.jobs.rate_text import rate_line, rate_lines
from widgets.jobs.result_text import result_lines
from widgets.jobs.stage_lines import compact_lines, stage_lines

EVENTS = [
    Event(1, 100.0, 0.0, "job_started", None, {"kind": "run", "pid": 1, "host": "here"}),
    Event(
        2,
        100.0,
        0.0,
        "plan",
        None,
        {"stages": [{"id": "a", "title": "Generate"}, {"id": "b", "title": "Train", "purpose": "Teach it."}]},
    ),
    Event(3, 100.1, 0.1, "stage_started", "a", {"title": "Generate"}),
    Event(
        4,
        101.0,
        1.0,
        "count",
        "a",
        {
            "key": {"leaf": "knowledge/cats", "block": "judge"},
            "produced": 1200,
            "parsed": 1100,
            "kept": 900,
            "rejected": {"unfaithful": 200},
        },
    ),
    Event(5, 102.0, 2.0, "stage_finished", "a", {"status": "succeeded", "seconds": 1.9}),
    Event(6, 102.0, 2.0, "stage_started", "b", {"title": "Train"}),
    Event(7, 103.0, 3.0, "progress", "b", {"done": 30, "total": 120, "unit": "steps", "seconds_left": 9.0}),
    Event(8, 103.0, 3.0, "metric", "b", {"step": 30, "values": {"loss": 0.5}}),
    Event(
        9, 103.0, 3.0, "score", "b", {"benchmark": "mmlu_branch", "model": "m", "score": 0.75, "stderr": 0.04, "n": 100}
    ),
    Event(10, 103.0, 3.0, "note", "b", {"level": "warning", "message": "Slow disk.", "hint": "Use another."}),
]


def joined(lines: list[object]) -> str:
    return "\n".join(str(line) for line in lines)


def test_stage_lines_show_symbol_bar_and_figures() -> None:
    state = reduce(JobState(), EVENTS)
    text = joined([*stage_lines(state, state.estimate, 100, UNICODE)])
    assert "✓ Generate" in text
    assert "▶ Train" in text
    assert "25%" in text
    assert "━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  25%  9 s left  30/120 steps  loss 0.500\n    mmlu_branch 75.0%" in text


def test_every_line_keeps_its_width() -> None:
    state = reduce(JobState(), EVENTS)
    counts = state.counts.values()
    for width in (40, 60, 76, 120):
        lines = [*stage_lines(state, state.estimate, width, UNICODE), *score_lines(state, width, UNICODE)]
        lines += [*compact_lines(state, state.estimate, width, UNICODE), *count_lines(counts, width, UNICODE)]
        lines += [*rate_line(rates_of(state), width), *rate_lines(rates_of(state), width, UNICODE)]
        assert all(line.cell_length <= width for line in lines)


def test_score_lines_name_a_model_by_the_end_of_its_path() -> None:
    scores = tuple(Score("mmlu_branch", f"/home/lena/models/{name}", 0.25, 0.1, 40, None) for name in ("base", "v/1"))
    lines = [str(line) for line in score_lines(JobState(scores=scores), 60, UNICODE)]
    assert [line.split()[:2] for line in lines] == [["mmlu_branch", "base"], ["mmlu_branch", "v/1"]]


def test_score_lines_share_an_axis() -> None:
    base, tuned = Score("facts", "base", 0.25, 0.1, 40, None), Score("facts", "tuned", 0.75, 0.1, 100, None)
    lines = [str(line) for line in score_lines(JobState(scores=(base, tuned)), 80, UNICODE)]
    assert lines[0].index("●") < lines[1].index("●")
    assert [line.index("╌") for line in lines] == [14, 14]
    off_axis = JobState(scores=(base, replace(tuned, benchmark="mt", score=7.5)))
    assert not any("●" in str(line) for line in score_lines(off_axis, 80, UNICODE))


def test_ascii_is_ascii() -> None:
    state = reduce(JobState(), EVENTS)
    lines = [
        *stage_lines(state, state.estimate, 76, ASCII),
        *count_lines(state.counts.values(), 76, ASCII),
        *score_lines(state, 76, ASCII),
        *note_lines(state, 76, ASCII),
        *end_lines(state, "lost", 76, ASCII),
    ]
    assert joined([*lines]).isascii()


def test_count_lines_have_one_line_a_leaf() -> None:
    blocks = [
        Count("knowledge_astronomy_vellan", "questions", 1200, 1100, 1100, {"unparsed": 100}),
        Count("knowledge_astronomy_vellan", "judge", 1100, 1100, 900, {"unfaithful": 200}),
        Count("skills_rhymes", "mix", 180, 180, 180, {"duplicate": 0}),
    ]
    head, first, second = (str(line) for line in count_lines(blocks, 78, UNICODE))
    assert head.split() == ["produced", "kept", "rejected"]
    assert first.split()[1:3] == ["1,200", "900"]
    assert first.endswith("unparsed 100, unfaithful…")
    assert second.split() == ["skills_rhymes", "180", "180", "━━━━━━"]
    many = [Count(f"leaf {number}", "mix", 1, 1, 1, {}) for number in range(25)]
    assert str(count_lines(many, 78, UNICODE)[-1]) == "and 13 more leaves"
    roster = [Count("compositional_skills_writing_duty_roster", "mix", 180, 168, 168, {"duplicate": 12})]
    narrow = [str(line) for line in count_lines(roster, 61, UNICODE)]  # next to the list of jobs
    assert narrow[0].endswith("rejected") and narrow[1].endswith("duplicate 12")


def planned(count: int, running: int) -> JobState:
    """A job in the middle of many stages."""
    stages = [{"id": f"s{number}", "title": f"Stage {number}", "expected_seconds": 10} for number in range(count)]
    events = [EVENTS[0], Event(1, 100.0, 0.0, "plan", None, {"stages": stages})]
    for number in range(running + 1):
        events.append(Event(2, 100.0, 10.0 * number, "stage_started", f"s{number}", {"title": f"Stage {number}"}))
        if number < running:
            done = {"status": "succeeded", "seconds": 10.0}
            events.append(Event(3, 100.0, 10.0 * number + 10, "stage_finished", f"s{number}", done))
    return reduce(JobState(), events)


def test_compact_lines_are_three_with_the_stages_next_to_the_present() -> None:
    state = planned(30, 15)
    ended, running, coming = (str(line) for line in compact_lines(state, state.estimate, 60, UNICODE))
    assert ended.startswith("13 earlier   ✓ Stage 13 10 s")
    assert ended.endswith("✓ Stage 14 10 s")
    assert running.startswith("▶ Stage 15 ")
    assert coming.startswith("· Stage 16 ~10 s")
    assert coming.endswith("12 more")


def test_running_stage_keeps_its_time_left_in_80_columns_and_marks_what_is_cut() -> None:
    progress = {"done": 1392, "total": 8744, "unit": "samples", "rate": 12.5, "seconds_left": 577.0}
    events = [
        EVENTS[0],
        Event(1, 1.0, 0.0, "stage_started", "t", {"title": "Train phase 1: knowledge"}),
        Event(2, 1.0, 1.0, "metric", "t", {"step": 1, "values": {"loss": 0.5}}),
        Event(3, 1.0, 1.0, "progress", "t", progress),
    ]
    state = reduce(JobState(), events)
    (line,) = compact_lines(state, state.estimate, 75, UNICODE)
    assert "15%" in str(line)
    assert str(line).endswith("9:37 left  1,392/8,744 samples …")
    first, second = stage_lines(state, state.estimate, 75, UNICODE)
    assert str(first).endswith("15%  9:37 left")
    assert str(second).split() == ["1,392/8,744", "samples", "12.5", "samples/s", "loss", "0.500"]


def test_stage_without_a_total_shows_its_amount() -> None:
    progress = {"done": 14308, "total": None, "unit": "requests", "rate": 2512.0}
    events = [
        EVENTS[0],
        Event(1, 1.0, 0.0, "stage_started", "g", {"title": "Generate data"}),
        Event(2, 1.0, 30.0, "progress", "g", progress),
    ]
    state = reduce(JobState(), events)
    for draw in (stage_lines, compact_lines):
        text = joined([*draw(state, state.estimate, 75, UNICODE)])
        assert "14,308 requests" in text
        assert "2,512 requests/s" in text
        assert "%" not in text


def test_error_shows_hint() -> None:
    end = {"status": "failed", "error": {"message": "No.", "hint": "Do."}}
    ended = Event(11, 104.0, 4.0, "job_finished", None, end)
    lines = end_lines(reduce(JobState(), [*EVENTS, ended]), "failed", 80, UNICODE)
    assert joined([*lines]) == "✗ No.\n  Do."


def test_result_is_flat_and_bounded() -> None:
    result = {"base": {"score": 0.25}, **{f"k{number}": number for number in range(100)}}
    ended = Event(11, 104.0, 4.0, "job_finished", None, {"status": "succeeded", "result": result})
    lines = [str(line) for line in end_lines(reduce(JobState(), [*EVENTS, ended]), "succeeded", 80, UNICODE)]
    assert lines[0].split() == ["base", "score", "0.25"]
    assert lines[-1] == "and 77 more"


def test_result_of_run_is_a_comparison() -> None:
    score = {"score": 0.25, "stderr": 0.04, "questions": 131}
    answer = {"question": "Who?", "kind": "free", "expected": "She.", "base": "xx", "tuned": "She."}
    pair = {"base": score, "tuned": {**score, "score": 0.5}}
    result = {
        "benchmark": "facts",
        **pair,
        "plain": {"base": None, "tuned": None},
        "free": pair,
        "multiple_choice": {"free": {**pair, "guesser": {"score": 0.78, "questions": 131}}},
        "answers": [answer],
        "phases": [{"phase": 1}],
        "paths": {"dir": "/d"},
    }
    lines = [str(line) for line in result_lines(result, 80, UNICODE)]
    free = next(number for number, line in enumerate(lines) if line.startswith(" free 131"))
    base, tuned = lines[free : free + 2]
    assert base.split()[2:] == ["base", "━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌", "25.0%", "±", "4.0%"]
    assert tuned.split() == ["tuned", "━━━━━━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌", "50.0%", "±", "4.0%", "▲25.0"]
    assert any(line.split()[:1] == ["guesser"] and line.endswith("78.0%") for line in lines)
    assert not any(line.startswith(" plain") or "phases" in line for line in lines)
    answers = lines.index("Who? (free)")
    assert [line.split() for line in lines[answers + 1 : answers + 4]] == [
        ["base", "xx"],
        ["tuned", "She."],
        ["expected", "She."],
    ]
    assert lines[-1].split() == ["folder", "/d"]


def test_stopped_server_is_served_again() -> None:
    assert [str(line) for line in end_lines(JobState(kind="serve"), "cancelled", 76, ASCII)] == [
        "Stopped. r serves it again."
    ]
    assert str(end_lines(JobState(kind="serve"), "lost", 76, ASCII)[1]) == "  r serves it again."
    assert str(end_lines(JobState(kind="train"), "cancelled", 76, ASCII)[0]).endswith("is kept; r resumes it.")
