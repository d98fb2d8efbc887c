"""Keeping questions that a student will be examined with out of what it is trained on."""

from __future__ import annotations

from collections.abc import Iterable

from core.sdg.alike import NearTexts


class Exclusion:
    """A set of questions, and whether another is one of them, holds one, or is nearly one.

    Case and spaces make no difference.
    """

    def __init__(self, questions: Iterable[str]) -> None:
        self._texts = dict.fromkeys(filter(None, map(_normal, questions)))
        self._near = NearTexts(self._texts)
        self._known: dict[str, bool] = {}

    def holds(self, question: str) -> bool:
        text = _normal(question)
        if text not in self._known:
            self._known[text] = any(other in text for other in self._texts) or self._near.nearest(text) is not None
        return self._known[text]


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())
