"""Answers that deserve the lowest rating: a judge that rates them higher cannot be trusted.

They are judged with every benchmark, on the first turn of a few questions.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from core.evaluation.judging.answers import Answer
from core.evaluation.judging.questions import Question

EMPTY = "empty answer"
RANDOM = "random words"

QUESTIONS = 8
"""Questions that they answer: one of each category, if there are so many."""

RANDOM_WORDS = 60
"""Of a random answer."""

SUSPICIOUS_SHARE = 0.3
"""A mean rating above this share of the scale is suspicious: 3.7 of 10, 2.2 of 5."""


def baseline_answers(questions: Sequence[Question]) -> dict[str, list[Answer]]:
    """The answers of each baseline; the words of the random ones are from all questions."""
    chosen = _spread(questions)
    words = sorted({word for question in questions for turn in question.turns for word in turn.split()})
    return {
        EMPTY: [Answer(question).with_reply("", False) for question in chosen],
        RANDOM: [Answer(question).with_reply(_random_text(question, words), False) for question in chosen],
    }


def _random_text(question: Question, words: Sequence[str]) -> str:
    rng = random.Random(str(question.id).encode("utf-8", "replace"))
    return " ".join(rng.choice(words) for _ in range(RANDOM_WORDS))


def _spread(questions: Sequence[Question]) -> list[Question]:
    """A few questions of as many categories as possible, in their order."""
    taken: dict[str, int] = {}
    ranks = []
    for place, question in enumerate(questions):
        rank = taken[question.category] = taken.get(question.category, -1) + 1
        ranks.append((rank, place))
    return [questions[place] for _, place in sorted(sorted(ranks)[:QUESTIONS], key=lambda pair: pair[1])]
