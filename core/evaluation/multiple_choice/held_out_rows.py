"""Held-out questions as multiple choice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from core.errors import LabtopError
from core.evaluation.held_out import HeldOut, QuestionAnswer
from core.evaluation.multiple_choice.distractors import Distractors
from core.evaluation.task_rows import CHOICES


def choice_rows(held_out: HeldOut, seed: int) -> dict[str, list[dict[str, Any]]]:
    """Rows of `question`, `choices` and `answer` (the index of the right one), for `plain` and `free`.

    Wrong choices are answers of the leaf and variants of the right one, see `Distractors`; a question whose words give
    the right choice away is left out. The right answer is equally often at each position.
    """
    pool = [pair.answer for pair in (*held_out.plain, *held_out.free)]
    rows = {kind: _rows(pairs, pool, f"{seed}:{kind}") for kind, pairs in held_out.sets().items()}
    if not any(rows.values()):
        raise LabtopError(
            "There are too few other answers to choose from.",
            hint=f"A leaf needs at least {CHOICES} held-out questions with different answers, in full sentences.",
        )
    return {kind: found for kind, found in rows.items() if found}


def _rows(pairs: Sequence[QuestionAnswer], pool: Sequence[str], seed: str) -> list[dict[str, Any]]:
    distractors = Distractors(pool, seed)
    kept = []
    for pair in pairs:
        drawn = distractors.draw(pair.question, pair.answer, [word for group in pair.terms for word in group])
        if drawn is not None and drawn.hides_the_answer:
            distractors.keep(drawn)
            kept.append((pair, drawn.wrong))
    places = [index % CHOICES for index in range(len(kept))]
    random.Random(seed).shuffle(places)
    rows = []
    for (pair, wrong), place in zip(kept, places, strict=True):
        choices = [*wrong]
        choices.insert(place, pair.answer)
        rows.append({"question": pair.question, "choices": choices, "answer": place})
    return rows
