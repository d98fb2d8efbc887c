"""The state of a job as lines of text."""

from __future__ import annotations

from dataclasses import replace

from core.events import Event
from core.jobs.state.job_state import JobState, Score
from core.jobs.state.reducer import reduce
from widgets.glyphs import ASCII, UNICODE
from widgets.jobs.job_text import count_lines, end_lines, note_lines, score_lines, stage_lines
from widgets.jobs.result_text import result_lines

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
    text = joined([*stage_lines(state, 100, UNICODE)])
    assert "✓ Generate" in text
    assert "▶ Train" in text
    assert "25%" in text
    assert "30/120 steps, loss 0.500, 9 s left, score 0.750" in text
    assert text.endswith("Teach it.")


def test_every_line_keeps_its_width() -> None:
    state = reduce(JobState(), EVENTS)
    for width in (40, 60, 76, 120):
        lines = [*stage_lines(state, width, UNICODE), *score_lines(state, width, UNICODE)]
        assert all(line.cell_length <= width for line in lines)


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
        *stage_lines(state, 76, ASCII),
        *count_lines(state.counts.values(), 76, ASCII),
        *score_lines(state, 76, ASCII),
        *note_lines(state, ASCII),
        *end_lines(state, "lost", 76, ASCII),
    ]
    assert joined([*lines]).isascii()


def test_count_lines_by_leaf_and_block_with_reasons() -> None:
    state = reduce(JobState(), EVENTS)
    head, leaf, block = count_lines(state.counts.values(), 90, UNICODE)
    assert "produced" in str(head)
    assert str(leaf) == "knowledge/cats"
    assert str(block).split() == ["judge", "1,200", "1,100", "900", "unfaithful", "200"]


def test_error_shows_hint() -> None:
    end = {"status": "failed", "error": {"message": "No.", "hint": "Do."}}
    ended = Event(11, 104.0, 4.0, "job_finished", None, end)
    lines = end_lines(reduce(JobState(), [*EVENTS, ended]), "failed", 80, UNICODE)
    assert joined([*lines]) == "✗ No.\n  Do."


def test_result_is_flat_and_bounded() -> None:
    result = {"base": {"score": 0.25}, **{f"k{number}": number for number in range(100)}}
    ended = Event(11, 104.0, 4.0, "job_finished", None, {"status": "succeeded", "result": result})
    lines = [str(line) for line in end_lines(reduce(JobState(), [*EVENTS, ended]), "succeeded", 80, UNICODE)]
    assert lines[0].split() == ["base.score", "0.25"]
    assert lines[-1] == "and 77 more"


def test_result_of_run_is_a_comparison() -> None:
    score = {"score": 0.25, "stderr": 0.04, "questions": 131}
    answer = {"question": "Who?", "kind": "free", "expected": "She.", "base": "xx", "tuned": "She."}
    pair = dict.fromkeys(("base", "tuned"), score)
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
    figures = ["free", "131", "25.0%", "±", "4.0%", "25.0%", "±", "4.0%"]
    assert [line.split() for line in lines if line.startswith("free")] == [figures, [*figures, "78.0%"]]
    assert not any(line.startswith("plain") or "phases" in line for line in lines)
    answers = lines.index("Who? (free)")
    assert [line.split() for line in lines[answers + 1 : answers + 4]] == [
        ["base", "xx"],
        ["tuned", "She."],
        ["expected", "She."],
    ]
    assert lines[-1].split() == ["paths.dir", "/d"]
