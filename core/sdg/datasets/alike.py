"""Finding near-duplicate texts by difflib's ratio, without comparing all of them.

Three bounds narrow the search without losing a text, the cheapest first. A ratio r of lengths a and b leaves at most
(1 - r)(a + b) characters unmatched, so that neither length is more than (2 - r) / r times the other. Each unmatched
character breaks at most three of a text's trigrams, so that near texts share at least s of them. Then of each text's n
trigrams, sorted by rarity, the first n - s + k contain k that both have, and only those are indexed (Wang, Li, Feng
2012, "Can we beat the prefix filtering?"). Last, the matched characters are a common subsequence, whose length
rapidfuzz computes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from itertools import chain, repeat

from rapidfuzz import fuzz, process

ALIKE = 0.9
"""difflib's ratio from which two questions count as the same."""

_GRAM = 3
"""Characters of a gram, by which texts are found."""

_HITS = 4
"""Rare grams that a text must share with another to be compared with it."""

_WIDTH = 1.2
"""Texts whose lengths differ by less than this factor are indexed together."""

_ROUNDING = 1e-9
"""Tolerance, so that texts at exactly the ratio are found."""


class NearTexts:
    """A set of texts in which near-duplicates are looked up."""

    def __init__(self, texts: Iterable[str], ratio: float = ALIKE) -> None:
        self._ratio = ratio
        self._least = ratio - _ROUNDING
        self._texts = list(dict.fromkeys(texts))
        grams = [_grams(text) for text in self._texts]
        self._rarity = Counter(gram for found in grams for gram in found)
        self._groups: defaultdict[int, _Group] = defaultdict(_Group)
        for number, (text, found) in enumerate(zip(self._texts, grams, strict=True)):
            length = len(text)
            rare = self._by_rarity(found)[: self._prefix(len(found), length, self._longest(length))]
            self._groups[_group(length)].add(number, rare)

    def nearest(self, text: str) -> tuple[float, str] | None:
        """The most similar text, with its ratio; None if no text reaches the minimum ratio."""
        texts = [self._texts[number] for number in self._candidates(text)]
        cutoff = 100 * self._least - 1e-6
        near = process.extract(text, texts, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None)
        found = ((_ratio(text, other), other) for other, _, _ in near)
        return max((each for each in found if each[0] >= self._ratio), default=None)

    def _candidates(self, text: str) -> Iterator[int]:
        """The texts of a suitable length that share enough rare grams with this one."""
        length = len(text)
        longest = self._longest(length)
        grams = self._by_rarity(_grams(text))
        for at in range(_group(int(length * self._least / (2 - self._least))), _group(longest) + 1):
            group = self._groups.get(at)
            if group is None:
                continue
            other = min(longest, _group_end(at))
            needed = min(_HITS, self._shared(len(grams), length, other))
            if needed <= 0:
                yield from group.numbers
                continue
            rare = grams[: self._prefix(len(grams), length, other)]
            hits = Counter(chain.from_iterable(map(group.by_gram.get, rare, repeat(()))))
            yield from (number for number, count in hits.items() if count >= needed)

    def _by_rarity(self, grams: frozenset[str]) -> list[str]:
        return sorted(sorted(grams), key=self._rarity.__getitem__)

    def _longest(self, length: int) -> int:
        """The maximum length of a near text."""
        return int(length * (2 - self._least) / self._least) + 1

    def _shared(self, grams: int, length: int, other: int) -> int:
        """The minimum number of grams shared by a text of this length and a near one of up to `other` characters."""
        return math.ceil(grams - _GRAM * (1 - self._least) * (length + other))

    def _prefix(self, grams: int, length: int, other: int) -> int:
        """How many of a text's rarest grams include `_HITS` shared ones, or all if fewer are shared."""
        return grams - max(0, self._shared(grams, length, other) - _HITS)


class _Group:
    """Texts of similar length, by their rare grams."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.by_gram: defaultdict[str, list[int]] = defaultdict(list)

    def add(self, number: int, grams: Iterable[str]) -> None:
        self.numbers.append(number)
        for gram in grams:
            self.by_gram[gram].append(number)


def _group(length: int) -> int:
    return int(math.log(max(1, length), _WIDTH))


def _group_end(group: int) -> int:
    """An upper bound of the lengths in a group."""
    return int(_WIDTH ** (group + 1)) + 1


def _grams(text: str) -> frozenset[str]:
    return frozenset(text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1))


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
