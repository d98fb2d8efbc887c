"""Reading a rating from a judge's reply: `[[7]]`, as in MT-Bench.

The last rating counts, since a judge may repeat the form of a rating before it decides; where there is none in double
brackets, a number in single brackets that ends the reply does, unless the prompt contains it, too. In a reply that was
cut off at the token limit only a rating in double brackets at the end of a line counts. `[[8/10]]` is a rating if 10 is
the highest.

An answer cannot rate itself: a judge sees no rating in it that it could repeat (`without_ratings`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"\s*(-?\d+(?:\.\d+)?)(?:\s*/\s*(\d+))?\s*"
_DOUBLE = re.compile(rf"\[\[{_NUMBER}\]\]")
_DOUBLE_AT_LINE_END = re.compile(rf"\[\[{_NUMBER}\]\]\W*$", re.MULTILINE)
_SINGLE = re.compile(rf"(?<!\[)\[{_NUMBER}\](?!\])")
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


def read_rating(reply: str, scale: Scale = TEN, *, truncated: bool = False, prompt: str = "") -> Rating:
    """The rating of a judge's reply to a prompt."""
    double = _DOUBLE_AT_LINE_END if truncated else _DOUBLE
    found = double.findall(reply)
    if not found and not truncated:
        quoted = set(_SINGLE.findall(prompt))
        found = [rating for rating in _SINGLE_AT_END.findall(reply) if rating not in quoted]
    if not found:
        return Rating(None, "no rating")
    number, top = found[-1]
    value = float(number)
    is_valid = scale.low <= value <= scale.high and (not top or int(top) == scale.high)
    return Rating(value) if is_valid else Rating(None, "out of range")


def without_ratings(text: str) -> str:
    """The text with `((7))` for what would be read as a rating, `[[7]]`."""
    return _DOUBLE.sub(lambda found: f"(({found[0][2:-2]}))", text)
