"""The questions of `model test`: the seed examples in the `test_<time>.jsonl` of a data generation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError
from core.sdg.datasets.catalogue import created_at
from core.sdg.datasets.jsonl import numbered_lines


@dataclass(frozen=True)
class SeedQuestion:
    """A question with the answer of the seed example."""

    question: str
    answer: str


def newest_test_file(folder: Path) -> Path:
    """The newest file of questions in a folder or below it, by the time in its name."""
    files = folder.rglob("test_*.jsonl") if folder.is_dir() else ()
    found = [(created, str(path), path) for path in files if (created := created_at(path))]
    if not found:
        raise LabtopError(
            f"There is no file test_<time>.jsonl in {folder}.",
            hint="`labtop data generate` writes one; or pass a file of questions with --test_file.",
        )
    return max(found)[2]


def read_seed_questions(file: Path, limit: int) -> list[SeedQuestion]:
    """At most `limit` questions, evenly spread over the file. Raises LabtopError for an invalid or empty file."""
    questions = []
    for number, row in numbered_lines(file):
        question, answer = row.get("user"), row.get("assistant", "")
        if not (isinstance(question, str) and question.strip() and isinstance(answer, str)):
            raise LabtopError(
                f"{file}, line {number}: this is no question with an answer.",
                hint="Each line has `user` and `assistant`, both text.",
            )
        questions.append(SeedQuestion(question, answer))
    if not questions:
        raise LabtopError(f"{file} contains no questions.", hint="Pass another file with --test_file.")
    count = min(limit, len(questions))
    return [questions[len(questions) * (2 * number + 1) // (2 * count)] for number in range(count)]
