"""Finding the texts that are nearly the same as another, by difflib's ratio, without comparing all of them in full."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher

ALIKE = 0.9
"""difflib's ratio from which two questions count as the same one."""

_GRAM = 3
"""Characters of the pieces by which texts are compared before they are compared in full."""

_ROUNDING = 1e-9
"""What reaches the ratio exactly is not to be lost to it."""


class NearTexts:
    """A set of texts to look for near ones in."""

    def __init__(self, texts: Iterable[str], ratio: float = ALIKE) -> None:
        self._ratio = ratio
        self._grams: dict[str, frozenset[str]] = {}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for text in texts:
            if text not in self._grams:
                self._grams[text] = _grams(text)
                self._by_length[len(text)].append(text)

    def nearest(self, text: str) -> tuple[float, str] | None:
        """The text that is most alike, with its ratio; None where no text reaches the ratio that is looked for."""
        found = ((_ratio(text, other), other) for other in self._candidates(text))
        return max((each for each in found if each[0] >= self._ratio), default=None)

    def _candidates(self, text: str) -> Iterator[str]:
        """The texts that can reach the ratio, by three bounds that lose none, the cheapest first.

        A ratio r of lengths a and b leaves at most (1 - r)(a + b) characters unmatched, so that neither length is
        beyond (2 - r) / r of the other; each unmatched character breaks at most three of the text's three-character
        pieces; and what is matched is a common subsequence, of at least r (a + b) / 2 characters.
        """
        ratio = self._ratio - _ROUNDING
        grams = _grams(text)
        common = _common_subsequence(text)
        for length in range(int(len(text) * ratio / (2 - ratio)), int(len(text) * (2 - ratio) / ratio) + 2):
            both = len(text) + length
            shared = len(grams) - _GRAM * (1 - ratio) * both
            for other in self._by_length.get(length, ()):
                if len(grams & self._grams[other]) >= shared and common(other) >= ratio * both / 2:
                    yield other


def _common_subsequence(text: str) -> Callable[[str], int]:
    """A function that gives the length of the longest common subsequence of `text` and another text.

    The rows of the dynamic program are bits of a number: Hyyrö (2004), "Bit-parallel LCS-length computation revisited".
    """
    whole = (1 << len(text)) - 1
    places: dict[str, int] = {}
    for place, character in enumerate(text):
        places[character] = places.get(character, 0) | 1 << place

    def length(other: str) -> int:
        row = whole
        for character in other:
            matches = row & places.get(character, 0)
            row = (row + matches | row - matches) & whole
        return len(text) - row.bit_count()

    return length


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
