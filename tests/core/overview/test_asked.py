"""The questions of stored results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.evaluation.facts import judge
from core.evaluation.held_out import QuestionAnswer
from core.evaluation.multiple_choice.scoring import answer_records, model_result
from core.evaluation.results import write_result
from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task
from core.overview.asked import AskedPair, pair_asked, read_asked


def stored(folder: Path, answers: Any) -> Path:
    file = folder / "result.json"
    file.write_text(json.dumps({"answers": answers}))
    return file


def test_multiple_choice_is_read_with_texts(tmp_path: Path) -> None:
    questions = (Question("Who?", ("Ann", "Bob"), 1), Question("When?", ("now", "later"), 0))
    tasks = [Task("leaf", questions)]
    rows = {"leaf": {0: (-1.0, -2.0), 1: (-1.0, None)}}
    result = model_result("m", "acc", tasks, rows, {})
    file = tmp_path / "result.json"
    write_result(file, "key", result, answers=answer_records(tasks, result))
    first, second = read_asked(file)
    assert (first.task, first.question, first.answer, first.expected, first.score) == ("leaf", "Who?", "Ann", "Bob", 0)
    assert first.choices == ("Ann", "Bob")
    assert (second.answer, second.expected, second.score) == ("", "now", 0), "NaN is no choice"


def test_judged_answers_have_the_judges_words(tmp_path: Path) -> None:
    answers = [
        {"kind": "math", "question": "1+1?", "answer": "2", "expected": "2", "score": 9.0, "judgement": "Right. [[9]]"},
        {"kind": "math", "question": "2+2?", "answer": "", "expected": "", "score": None, "reason": "time-out"},
        "damaged",
        {"kind": "math", "question": "3+3?", "choices": 5, "score": 10**400},
        {"kind": "math"},
    ]
    first, second, third = read_asked(stored(tmp_path, answers))
    assert (first.score, first.comment) == (9.0, "Right. [[9]]")
    assert (second.score, second.comment) == (None, "time-out")
    assert (third.score, third.choices) == (None, ())
    assert [pair.change for pair in pair_asked([first, second], [second])] == [0.0, 0.0]
    better = AskedPair(first, second)
    assert better.change == 0.0, "a question without a score has not changed"


@pytest.mark.parametrize("answers", [None, [], "x", [1]])
def test_result_without_questions_is_named(tmp_path: Path, answers: Any) -> None:
    with pytest.raises(LabtopError, match="no questions with answers"):
        read_asked(stored(tmp_path, answers))
    with pytest.raises(LabtopError, match="No such file"):
        read_asked(tmp_path / "none.json")


def test_reason_of_wrong_fact_is_words(tmp_path: Path) -> None:
    question = QuestionAnswer("Who?", "Ann wrote it.", terms=(("Ann",),))
    wrong = [judge([answer], [question])[0] for answer in ("", "Bob wrote it.")]
    answers = [{"kind": "free", "question": "Who?", "right": False, "reason": verdict.reason} for verdict in wrong]
    empty, missing = read_asked(stored(tmp_path, answers))
    assert (empty.comment, missing.comment) == ("it is empty", "the required terms are not in it")
