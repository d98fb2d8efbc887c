"""Multiple-choice scores without knowledge: by chance, by words shared with the question, and by length.

Shown next to every multiple-choice score, since a score near a guesser's proves no knowledge. For example:

    rows = choice_rows(read_held_out(file), seed)["plain"]
    guess = guesses(rows)
    f"{score:.0%} (most shared words: {guess.shared_words:.0%}, chance: {guess.chance:.0%})"

A third guesser, the base model without the question, is scored by `core.evaluation.worker`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.evaluation.words import words

MARGIN = 0.12
"""A guesser's score may be above chance by this much on at least `ENOUGH` questions."""

ENOUGH = 100


@dataclass(frozen=True)
class Guesses:
    """Expected scores, 0 to 1."""

    shared_words: float
    """Of a guesser that takes the choice with the most words of the question, at random among ties."""
    longest: float
    """Of one that takes the longest choice."""
    chance: float
    n: int
    """Questions."""

    @property
    def best(self) -> float:
        """The better guesser's score."""
        return max(self.shared_words, self.longest)


def guesses(rows: Iterable[Mapping[str, Any]]) -> Guesses:
    """The guessers' scores on rows of `question`, `choices` (texts) and `answer` (the index of the right one)."""
    shared, longest, chance, n = 0.0, 0.0, 0.0, 0
    for row in rows:
        question, choices, answer = row["question"], row["choices"], row["answer"]
        shared += guess_by_shared_words(question, choices, answer)
        longest += _guess([len(choice) for choice in choices], answer)
        chance += 1 / len(choices)
        n += 1
    return Guesses(shared / n, longest / n, chance / n, n)


def guess_by_shared_words(question: str, choices: Sequence[str], answer: int) -> float:
    """The probability that the guesser by shared words takes the right choice."""
    asked = {word.text for word in words(question)}
    return _guess([len(asked & {word.text for word in words(choice)}) for choice in choices], answer)


def _guess(values: Sequence[int], answer: int) -> float:
    """The probability that a guesser that takes the highest value, at random among ties, takes the right choice."""
    best = max(values)
    return (values[answer] == best) / values.count(best)
