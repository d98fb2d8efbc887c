"""A graph of one row."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

UNICODE_LEVELS = "▁▂▃▄▅▆▇█"
ASCII_LEVELS = "_.-=+*#@"


def sparkline(
    values: Sequence[float], width: int, *, ascii_only: bool, scale: tuple[float, float] | None = None
) -> str:
    """The newest `width` values, one per cell; without a scale, from the lowest to the highest of them.

    Values outside the scale are clipped, NaN is a space, and a constant series without a scale is in the middle.
    """
    levels = ASCII_LEVELS if ascii_only else UNICODE_LEVELS
    newest = list(values[-width:]) if width > 0 else []
    known = [value for value in newest if isfinite(value)]
    low, high = scale or (min(known, default=0.0), max(known, default=0.0))
    return "".join(_level(value, low, high, levels) for value in newest)


def _level(value: float, low: float, high: float, levels: str) -> str:
    if value != value:  # NaN
        return " "
    if not isfinite(value):
        return levels[-1] if value > 0 else levels[0]
    if not isfinite(high - low):
        low, high, value = low / 4, high / 4, value / 4
    share = (value - low) / (high - low) if high > low else 0.5
    return levels[min(len(levels) - 1, max(0, int(share * len(levels))))]
