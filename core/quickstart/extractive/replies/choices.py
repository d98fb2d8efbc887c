"""Multiple choice: a fact's best wording, its sentence as the right answer, three other sentences as wrong ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.quickstart.extractive.language.inflection import content_stems
from core.quickstart.extractive.questions.wordings import rule_wordings
from core.quickstart.extractive.reading.sentences import Fact

LETTERS: Final = "ABCD"

WORDINGS: Final = 3
"""The question is one of so many best wordings of its fact."""


@dataclass(frozen=True)
class Choice:
    """One question with four answers."""

    question: str
    answers: tuple[str, str, str, str]
    correct: str
    """The right answer's letter."""


def multiple_choice(facts: Sequence[Fact], wanted: int, rng: random.Random) -> list[Choice]:
    """Up to `wanted` questions about different facts; the right letters rotate, from a start drawn by `rng`."""
    order = list(facts)
    rng.shuffle(order)
    letters: list[str] = []
    made: list[Choice] = []
    for fact in order:
        if len(made) == wanted:
            break
        questions = rule_wordings(fact, WORDINGS)
        if not questions:
            continue
        question = rng.choice(questions)
        wrong = _wrong_answers(fact, question, facts, rng)
        if len(wrong) < len(LETTERS) - 1:
            continue
        if not letters:
            letters = list(LETTERS)
            rng.shuffle(letters)
        correct = letters.pop()
        answers = [*wrong]
        answers.insert(LETTERS.index(correct), fact.sentence)
        made.append(Choice(question, (answers[0], answers[1], answers[2], answers[3]), correct))
    return made


def _wrong_answers(fact: Fact, question: str, facts: Sequence[Fact], rng: random.Random) -> list[str]:
    """Three sentences that do not answer the question, near the right one in length."""
    asked = set(content_stems(question))
    own = set(content_stems(fact.sentence))
    fitting: list[tuple[float, str]] = []
    for other in facts:
        stems = set(content_stems(other.sentence))
        alike = len(stems & own) / max(1, len(stems | own))
        if other.sentence == fact.sentence or alike > 0.6 or (asked & own) <= stems:
            continue
        distance = abs(len(other.sentence) - len(fact.sentence))
        fitting.append((distance + 12 * rng.random(), other.sentence))
    wrong = [sentence for _, sentence in sorted(fitting)[: len(LETTERS) - 1]]
    rng.shuffle(wrong)
    return wrong
