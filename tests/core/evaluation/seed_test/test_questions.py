import json
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.evaluation.seed_test.questions import newest_test_file, read_seed_questions


def write(file: Path, count: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"system": "", "user": f"Question {n}?", "assistant": f"Answer {n}."} for n in range(count)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def test_questions_are_spread_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "test.jsonl", 10)
    assert [one.question for one in read_seed_questions(file, 3)] == ["Question 1?", "Question 5?", "Question 8?"]
    assert len(read_seed_questions(file, 99)) == 10
    assert read_seed_questions(file, 1)[0].answer == "Answer 5."


def test_newest_file_is_found_by_its_name(tmp_path: Path) -> None:
    write(tmp_path / "one" / "test_2026-01-02T03_04_05.jsonl", 1)
    newest = write(tmp_path / "two" / "test_2026-02-02T03_04_05.jsonl", 1)
    write(tmp_path / "three" / "test_2025-12-02T03_04_05.jsonl", 1)
    assert newest_test_file(tmp_path) == newest


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "no questions"), ('{"user": ""}\n', "line 1"), ('{"user": "a", "assistant": 1}\n', "line 1")],
)
def test_invalid_file_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "test.jsonl").write_text(text)
    with pytest.raises(LabtopError, match=words):
        read_seed_questions(tmp_path / "test.jsonl", 5)


def test_a_folder_without_a_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LabtopError) as error:
        newest_test_file(tmp_path / "gone")
    assert "--test_file" in (error.value.hint or "")
