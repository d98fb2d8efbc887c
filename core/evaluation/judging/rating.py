"""Reading a rating from a judge's reply: `[[7]]`, as in MT-Bench.

The last rating counts, since a judge may repeat the form of a rating before it decides; where there is none in double
brackets, a number in single brackets that ends the reply does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\s*(-?\d+(?:\.\d+)?)(?:\s*/\s*\d+)?\s*"
_DOUBLE = re.compile(rf"\[\[{_NUMBER}\]\]")
_SINGLE_AT_END = re.compile(rf"\[{_NUMBER}\]\W*$")


@dataclass(frozen=True)
class Scale:
    """The lowest and the highest rating."""

    low: int
    high: int


TEN = Scale(1, 10)
"""MT-Bench's."""

FIVE = Scale(1, 5)
"""DK-Bench's."""


@dataclass(frozen=True)
class Rating:
    """What a reply says: a value, or why there is none."""

    value: float | None
    reason: str = ""
    """`no rating` or `out of range`."""


def read_rating(reply: str, scale: Scale = TEN) -> Rating:
    """The rating of a judge's reply."""
    found = _DOUBLE.findall(reply) or _SINGLE_AT_END.findall(reply)
    if not found:
        return Rating(None, "no rating")
    value = float(found[-1])
    return Rating(value) if scale.low <= value <= scale.high else Rating(None, "out of range")
