"""The questions of a stored result, each with the model's answer, to be read by people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error


@dataclass(frozen=True)
class AskedQuestion:
    """One question and what the model answered."""

    task: str
    """The subject, leaf, category or kind."""
    question: str
    answer: str
    expected: str
    """The reference answer; empty if there is none."""
    score: float | None
    """0 to 1, or a judge's rating; None if there is none."""
    comment: str = ""
    """The judge's words, or why an answer counts as wrong."""
    choices: tuple[str, ...] = ()
    """Of multiple choice."""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies the question among those of other models."""
        return self.task, self.question


@dataclass(frozen=True)
class AskedPair:
    """A question with the answers of two models; the first may be missing."""

    second: AskedQuestion
    first: AskedQuestion | None = None

    @property
    def change(self) -> float:
        """The second's score minus the first's; 0 where one is not known."""
        before = self.first.score if self.first else None
        return 0.0 if before is None or self.second.score is None else self.second.score - before


def read_asked(file: Path) -> list[AskedQuestion]:
    """The questions of a result file, in its order. Raises LabtopError when it cannot be read or holds none."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise disk_error(error, f"reading {file}") from error
    except (ValueError, RecursionError):
        record = None
    rows = record.get("answers") if isinstance(record, dict) else None
    found = list(_questions(rows)) if isinstance(rows, list) else []
    if not found:
        raise LabtopError(
            f"{file} has no questions with answers.",
            hint="Evaluate the model again: results of older versions have only scores.",
        )
    return found


def pair_asked(second: Sequence[AskedQuestion], first: Sequence[AskedQuestion]) -> list[AskedPair]:
    """Each question of the second model, with the first model's answer to the same one."""
    known = {one.key: one for one in first}
    return [AskedPair(one, known.get(one.key)) for one in second]


WHY_WRONG = {
    "missing": "the required terms are not in it",
    "list": "it lists many facts",
    "empty": "it is empty",
}
"""What the reasons of the benchmark facts mean, after `because`."""


def _questions(rows: Sequence[Any]) -> Iterator[AskedQuestion]:
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("question"), str):
            offered = row.get("choices")
            choices = tuple(map(str, offered)) if isinstance(offered, list) else ()
            yield AskedQuestion(
                _text(row.get("kind")),
                row["question"],
                _answer(row.get("answer"), choices),
                _answer(row.get("expected"), choices),
                _score(row),
                _text(row.get("judgement")) or WHY_WRONG.get(reason := _text(row.get("reason")), reason),
                choices,
            )


def _answer(value: Any, choices: Sequence[str]) -> str:
    """A text, or the number of a choice."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(choices):
        return choices[value]
    return _text(value)


def _score(row: Mapping[str, Any]) -> float | None:
    score = row.get("score", row.get("right"))
    try:
        found = float(score) if isinstance(score, int | float) else nan
    except OverflowError:
        found = nan
    return found if isfinite(found) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
