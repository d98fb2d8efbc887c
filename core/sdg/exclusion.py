"""Keeping questions that a student will be examined with out of what it is trained on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from difflib import SequenceMatcher

ALIKE = 0.9
"""difflib's ratio from which two questions count as the same one."""

_GRAM = 3
"""Characters of the pieces that rule most pairs out before they are compared in full."""


class Exclusion:
    """A set of questions, and whether another is one of them or nearly so, without regard to case and spaces."""

    def __init__(self, questions: Iterable[str], ratio: float = ALIKE) -> None:
        self._ratio = ratio
        self._texts: set[str] = set()
        self._by_length: dict[int, list[tuple[str, frozenset[str]]]] = defaultdict(list)
        self._known: dict[str, bool] = {}
        for text in filter(None, map(_normal, questions)):
            if text not in self._texts:
                self._texts.add(text)
                self._by_length[len(text)].append((text, _grams(text)))

    def holds(self, question: str) -> bool:
        if not self._texts:
            return False
        text = _normal(question)
        if text not in self._known:
            self._known[text] = text in self._texts or self._is_alike(text)
        return self._known[text]

    def _is_alike(self, text: str) -> bool:
        """Compare with those that can reach the ratio r.

        It is twice the matched characters over both lengths. So neither length is beyond (2 - r) / r of the other; at
        most (1 - r) times both lengths are unmatched, and each such character breaks three pieces at most. One that
        contains an excluded question has it whole.
        """
        grams = _grams(text)
        longest = len(text) * (2 - self._ratio) / self._ratio
        shortest = len(text) * self._ratio / (2 - self._ratio)
        for length, candidates in self._by_length.items():
            if length > longest:
                continue
            needed = len(grams) - _GRAM * (1 - self._ratio) * (len(text) + length)
            for other, other_grams in candidates:
                if length < shortest:
                    if other in text:
                        return True
                elif len(grams & other_grams) >= needed:
                    matcher = SequenceMatcher(None, text, other, autojunk=False)
                    if other in text or matcher.ratio() >= self._ratio:
                        return True
        return False


def _normal(text: str) -> str:
    return " ".join(text.casefold().split())


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1))
