"""Multiple choice: a wording of a fact, its sentence as the right answer, and wrong answers close to it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core.evaluation.multiple_choice.distractors import Distractors
from core.quickstart.extractive.questions.wordings import rule_wordings
from core.quickstart.extractive.reading.sentences import Fact

LETTERS: Final = "ABCD"

WORDINGS: Final = 6
"""The question is one of so many best wordings of its fact."""


@dataclass(frozen=True)
class Choice:
    """One question with four answers."""

    question: str
    answers: tuple[str, str, str, str]
    correct: str
    """The right answer's letter."""


def multiple_choice(facts: Sequence[Fact], wanted: int, rng: random.Random) -> list[Choice]:
    """Up to `wanted` questions about different facts; the right letters rotate, from a start drawn by `rng`.

    A fact is left out if each of its wordings gives the right answer away.
    """
    order = list(facts)
    rng.shuffle(order)
    distractors = Distractors((fact.sentence for fact in facts), str(rng.random()))
    letters: list[str] = []
    made: list[Choice] = []
    for fact in order:
        if len(made) == wanted:
            break
        drawn = _drawn(fact, distractors, rng)
        if drawn is None:
            continue
        question, wrong = drawn
        if not letters:
            letters = list(LETTERS)
            rng.shuffle(letters)
        correct = letters.pop()
        answers = [*wrong]
        answers.insert(LETTERS.index(correct), fact.sentence)
        made.append(Choice(question, (answers[0], answers[1], answers[2], answers[3]), correct))
    return made


def _drawn(fact: Fact, distractors: Distractors, rng: random.Random) -> tuple[str, Sequence[str]] | None:
    """A question about a fact with its wrong answers; None if each of its wordings would give the right one away."""
    questions = rule_wordings(fact, WORDINGS)
    rng.shuffle(questions)
    for question in questions:
        drawn = distractors.draw(question, fact.sentence)
        if drawn is not None and drawn.hides_the_answer:
            distractors.keep(drawn)
            return question, drawn.wrong
    return None
