"""Reading a rating from a judge's reply: `[[7]]`, as in MT-Bench.

The last rating counts, since a judge may repeat the form of a rating before it decides; where there is none in double
brackets, a number in single brackets that ends the reply does. In a reply that was cut off at the token limit only a
rating at the end of a line counts, since it may quote one of the answer. `[[8/10]]` is a rating if 10 is the highest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\s*(-?\d+(?:\.\d+)?)(?:\s*/\s*(\d+))?\s*"
_DOUBLE = re.compile(rf"\[\[{_NUMBER}\]\]")
_DOUBLE_AT_LINE_END = re.compile(rf"\[\[{_NUMBER}\]\]\W*$", re.MULTILINE)
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


def read_rating(reply: str, scale: Scale = TEN, *, truncated: bool = False) -> Rating:
    """The rating of a judge's reply."""
    double = _DOUBLE_AT_LINE_END if truncated else _DOUBLE
    found = double.findall(reply) or _SINGLE_AT_END.findall(reply)
    if not found:
        return Rating(None, "no rating")
    number, top = found[-1]
    value = float(number)
    is_valid = scale.low <= value <= scale.high and (not top or int(top) == scale.high)
    return Rating(value) if is_valid else Rating(None, "out of range")
