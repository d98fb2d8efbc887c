"""The questions that a quickstart shows with their answers."""

from __future__ import annotations

from core.evaluation.held_out import HeldOut, QuestionAnswer
from core.quickstart.job import shown_questions


def leaf(name: str, plain: int, free: int) -> HeldOut:
    kinds = ((f"{name} plain", plain), (f"{name} free", free))
    return HeldOut("", *(tuple(QuestionAnswer(f"{kind} {n}", "") for n in range(count)) for kind, count in kinds))


def test_shown_questions_cover_every_leaf() -> None:
    shown = shown_questions([leaf("a", 9, 9), leaf("b", 9, 9)])
    assert [(kind, pair.question) for kind, pair in shown] == [
        ("plain", "a plain 4"),
        ("free", "a free 4"),
        ("plain", "b plain 4"),
        ("free", "b free 4"),
    ]
    assert [kind for kind, _ in shown_questions([leaf("a", 9, 0)])] == ["plain"] * 4
    assert len(shown_questions([leaf(name, 9, 9) for name in "abc"])) == 4
