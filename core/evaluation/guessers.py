"""Multiple-choice scores without knowledge: by chance, and by the choice with the most words of the question.

Shown next to every multiple-choice score, since a score near the guesser's proves no knowledge. For example:

    rows = choice_rows(read_held_out(file), seed)["plain"]
    guess = guesses(rows)
    f"{score:.0%} (most shared words: {guess.shared_words:.0%}, chance: {guess.chance:.0%})"

`read_rows` of `core.evaluation.tasks` gives the rows of a file; `guesses(row for row, _ in read_rows(file))`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.evaluation.words import words


@dataclass(frozen=True)
class Guesses:
    """Expected scores, 0 to 1."""

    shared_words: float
    """Of a guesser that takes the choice with the most words of the question, at random among ties."""
    chance: float
    n: int
    """Questions."""


def guesses(rows: Iterable[Mapping[str, Any]]) -> Guesses:
    """The guessers' scores on rows of `question`, `choices` (texts) and `answer` (the index of the right one)."""
    shared, chance, n = 0.0, 0.0, 0
    for row in rows:
        asked = {word.text for word in words(row["question"])}
        counts = [len(asked & {word.text for word in words(choice)}) for choice in row["choices"]]
        best = max(counts)
        shared += (counts[row["answer"]] == best) / counts.count(best)
        chance += 1 / len(counts)
        n += 1
    return Guesses(shared / n, chance / n, n)
