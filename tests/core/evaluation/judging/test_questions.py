"""Question files in MT-Bench's format, and labtop's own questions."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.evaluation.judging.questions import TEMPERATURES, own_questions, read_questions
from tests.core.evaluation.judging.helpers import question, write

CATEGORIES = ("writing", "roleplay", "reasoning", "math", "coding", "extraction", "stem", "humanities")


def test_own_questions() -> None:
    questions = own_questions()
    assert Counter(each.category for each in questions) == dict.fromkeys(CATEGORIES, 10)
    assert all(len(each.turns) == 2 for each in questions)
    referenced = {each.category for each in questions if len(each.references) == 2}
    assert referenced == {"math", "reasoning", "coding"}
    assert all(bool(each.references) == (each.category in referenced) for each in questions)
    assert len({turn for each in questions for turn in each.turns}) == 160


def test_temperatures_follow_the_category() -> None:
    by_category = {each.category: each.temperature for each in own_questions()}
    assert by_category == {name: TEMPERATURES[name] for name in CATEGORIES}
    assert (by_category["writing"], by_category["stem"], by_category["math"]) == (0.7, 0.1, 0.0)
    assert question(1, "arena").temperature == 0.7
    assert question(1, "taxonomy").temperature == 0


def test_read_questions_round_trip(tmp_path: Path) -> None:
    questions = (question(1), question(2, "math", reference="42"), question(3, turns=1))
    assert read_questions(write(tmp_path / "question.jsonl", questions)) == questions


def test_reference_answers_in_a_folder(tmp_path: Path) -> None:
    file = write(tmp_path / "question.jsonl", [question(1), question(2, reference="own")])
    (tmp_path / "reference_answer").mkdir()
    rows = [{"question_id": number, "choices": [{"index": 0, "turns": ["a", "b"]}]} for number in (1, 2)]
    (tmp_path / "reference_answer" / "gpt.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert [each.references for each in read_questions(file)] == [("a", "b"), ("own", "own")]


def test_reference_answers_may_write_an_id_as_text(tmp_path: Path) -> None:
    file = write(tmp_path / "question.jsonl", [question(1)])
    (tmp_path / "reference_answer").mkdir()
    row = {"question_id": "1", "choices": [{"index": 0, "turns": ["a", "b"]}]}
    (tmp_path / "reference_answer" / "gpt.jsonl").write_text(json.dumps(row) + "\n")
    assert read_questions(file)[0].references == ("a", "b")


def test_required_temperature(tmp_path: Path) -> None:
    file = tmp_path / "question.jsonl"
    file.write_text('{"question_id": 1, "category": "math", "turns": ["a"], "required_temperature": 0.4}\n')
    assert read_questions(file)[0].temperature == 0.4


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"turns": ["a"]}', "line 1: the question has no question_id"),
        ('{"question_id": 1, "turns": []}', "line 1: turns is not a list of one or two texts"),
        ('{"question_id": 1, "turns": ["a", "b", "c"]}', "line 1: turns"),
        ('{"question_id": 1, "turns": ["a"], "reference": "b"}', "line 1: reference"),
        ('{"question_id": 1, "turns": ["a"], "required_temperature": 3}', "required_temperature"),
        ("[]", "line 1: this is not a JSON record"),
        ("", "contains no questions"),
        ('{"question_id": 1, "turns": ["a"]}\n{"question_id": 1, "turns": ["b"]}', "question_id 1 occurs twice"),
        ('{"question_id": 1, "turns": ["a"]}\n{"question_id": "1", "turns": ["b"]}', "line 2: .* 1 occurs twice"),
    ],
)
def test_invalid_questions_are_named(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "question.jsonl"
    file.write_text(line + "\n" if line else "")
    with pytest.raises(LabtopError, match=words):
        read_questions(file)
