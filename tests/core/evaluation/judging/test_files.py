"""MT-Bench's files, and DK-Bench's."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from core.errors import LabtopError
from core.evaluation.judging.answers import Answer
from core.evaluation.judging.asking import Failure
from core.evaluation.judging.dk_bench import dk_questions, write_dk_results
from core.evaluation.judging.files import file_name, write_answers, write_judgements, write_questions
from core.evaluation.judging.judgements import Judgement, Judging, cases
from core.evaluation.judging.questions import read_questions
from core.sdg.datasets.jsonl import read_lines
from tests.core.evaluation.judging.helpers import question


def rows(file: Path) -> list[dict[str, Any]]:
    return list(read_lines(file))


def answer(number: int) -> Answer:
    return Answer(question(number, "math", reference="42")).with_reply("first", False).with_reply("second", False)


def test_questions_and_references(tmp_path: Path) -> None:
    asked = [question(1), question(2, "math", reference="42")]
    file = write_questions(tmp_path, asked)
    assert read_questions(file) == tuple(asked)
    [row] = rows(tmp_path / "reference_answer" / "reference.jsonl")
    assert (row["question_id"], row["choices"]) == (2, [{"index": 0, "turns": ["42", "42"]}])


def test_answers_have_the_known_format(tmp_path: Path) -> None:
    failed = Answer(question(3), ("half",), (False,), Failure("no answer", "too slow"))
    file = write_answers(tmp_path, "m-1", [answer(1), failed])
    assert file == tmp_path / "model_answer" / "m-1.jsonl"
    [row] = rows(file)
    assert set(row) == {"question_id", "answer_id", "model_id", "choices", "tstamp"}
    assert row["choices"] == [{"index": 0, "turns": ["first", "second"]}]
    [row] = rows(tmp_path / "model_answer_failed" / "m-1.jsonl")
    assert (row["question_id"], row["failed_turn"], row["reason"]) == (3, 2, "no answer")
    write_answers(tmp_path, "m-1", [answer(1)])
    assert not (tmp_path / "model_answer_failed" / "m-1.jsonl").exists()


def test_judgements_of_other_models_are_kept(tmp_path: Path) -> None:
    rated = list(cases("m", [answer(1)], Judging("j")))
    write_judgements(tmp_path, "org/judge 2", [("one", Judgement(rated[0], 7.0, "[[7]]"))])
    unrated = Judgement(rated[1], None, failure=Failure("no rating", "lovely"))
    file = write_judgements(tmp_path, "org/judge 2", [("two", unrated)])
    assert file == tmp_path / "model_judgment" / "judge-2_single.jsonl"
    first, second = rows(file)
    assert set(first) == {"question_id", "model", "judge", "user_prompt", "judgment", "score", "turn", "tstamp"}
    assert (first["model"], first["judge"], first["score"], first["turn"]) == (
        "one", ["org/judge 2", "labtop-single-reference-v2"], 7.0, 1,
    )  # fmt: skip
    assert (second["model"], second["score"], second["judgment"], second["turn"]) == ("two", -1, "lovely", 2)
    write_judgements(tmp_path, "org/judge 2", [("one", Judgement(rated[0], 9.0, "[[9]]"))])
    assert [(row["model"], row["score"]) for row in rows(file)] == [("two", -1), ("one", 9.0)]


def test_models_of_the_same_name_have_files_of_their_own() -> None:
    names = {file_name(f"/{place}/samples_12", place) for place in ("a", "b")}
    assert len(names) == 2
    assert all(name.startswith("samples_12-") for name in names)


def test_dk_questions(tmp_path: Path) -> None:
    file = tmp_path / "dk.jsonl"
    file.write_text('{"user_input": "a", "reference": "b"}\n{"user_input": "c", "reference": "d", "response": "e"}\n')
    first, second = dk_questions(file)
    assert (first.turns, first.references, first.response) == (("a",), ("b",), "")
    assert second.response == "e"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"user_input": "a"}', "line 1: reference is missing or empty"),
        ('{"reference": "a"}', "line 1: user_input is missing"),
        ('{"user_input": "a", "reference": "b", "response": 1}', "line 1: response is not a text"),
        ("", "contains no questions"),
        ("a,b", "line 1: this is not a JSON record"),
    ],
)
def test_invalid_dk_questions_are_named(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "dk.jsonl"
    file.write_text(line)
    with pytest.raises(LabtopError, match=words):
        dk_questions(file)


def test_dk_results(tmp_path: Path) -> None:
    rated = list(cases("m", [answer(1)], Judging("j")))
    judgements = [Judgement(rated[0], 4.0, "Fine.\n[[4]]")]
    as_lines, as_csv = write_dk_results(tmp_path, "/models/granite", judgements, ("jsonl", "csv"))
    [row] = rows(as_lines)
    assert (as_lines.parent.name, row["response"], row["score"]) == ("granite", "first", 4.0)
    with as_csv.open(newline="") as stream:
        [line] = csv.DictReader(stream)
    assert (line["reference"], line["score"], line["reason"]) == ("42", "4.0", "Fine.\n[[4]]")
