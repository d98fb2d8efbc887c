"""Numbers in English texts, in digits and in words, and what they make together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import combinations, permutations
from typing import NamedTuple

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {
    **{word: value for value, word in enumerate(_SMALL.split())},
    **{word: 10 * tens for tens, word in enumerate(_TENS.split(), 2)},
    "dozen": 12,
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}

_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,15}(?:\.\d{1,9})?|[^\W\d_]+|[^\w\s-]")

MAX_COMBINED = 8
"""Numbers of which each sum is tried; of more, anything can be reckoned."""


class Number(NamedTuple):
    """A number with the words beside it; none where a sign or nothing stands there."""

    value: float
    before: str
    after: str


def numbers(text: str) -> Iterator[Number]:
    """The numbers of a text; 28, ten, twenty-five and a thousandth are some."""
    tokens = [token.casefold() for token in _TOKEN.findall(text)]
    index = 0
    while index < len(tokens):
        start, value = index, None
        while index < len(tokens):
            larger = _read(tokens[index], value)
            if larger is None:
                break
            value, index = larger, index + 1
        if value is None:
            index += 1
        else:
            yield Number(value, tokens[start - 1] if start else "", tokens[index] if index < len(tokens) else "")


def _read(token: str, value: float | None) -> float | None:
    """The number that a token makes of the one read so far, or begins."""
    if token[0].isdecimal():
        return float(token.replace(",", "")) if value is None else None
    word = token.removesuffix("s").removesuffix("th")
    if word in _SCALES:
        return (1 if value is None else value) * _SCALES[word]
    small = _VALUES.get(word)
    if small is None or value is None:
        return small
    return value + small if (value >= 20 and value % 10 == 0 and small < 10) or value >= 100 else None


def derivable(value: float, known: Collection[float]) -> bool:
    """Whether a number can be reckoned from others: by sums, differences, a product, a ratio or a percentage."""
    if len(known) > MAX_COMBINED:
        return True
    sums = {0.0}
    for number in known:
        sums |= {before + number for before in sums}
    ordered = permutations(known, 2)
    made = (result for one, other in ordered for result in (one - other, one * other, one / other if other else 0))
    if any(abs(value - result) <= 1 for results in (sums, made) for result in results):
        return True
    pairs = [*combinations(known, 2)]
    added = {one + other for one, other in pairs}
    shares = {100 - number for number in known}.union(one * other / 100 for one, other in pairs)
    return value in shares or any(value + two in known for two in added) or any(value + one in added for one in known)
