"""Curves as data, downsampled for a chart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True)
class Series:
    """A named curve with ascending `xs`."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]


def thin(name: str, points: Iterable[tuple[float, float]], columns: int = 512) -> Series:
    """The lowest and highest point in each of `columns` intervals, so that no spike is lost."""
    known = [(x, y) for x, y in points if isfinite(x) and isfinite(y)]
    if len(known) <= 2 * columns:
        return Series(name, tuple(x for x, _ in known), tuple(y for _, y in known))
    left, span = known[0][0], known[-1][0] - known[0][0] or 1.0
    lowest: dict[int, tuple[float, float]] = {}
    highest: dict[int, tuple[float, float]] = {}
    for point in known:
        column = min(columns - 1, int((point[0] - left) / span * columns))
        if column not in lowest or point[1] < lowest[column][1]:
            lowest[column] = point
        if column not in highest or point[1] > highest[column][1]:
            highest[column] = point
    kept = sorted({*lowest.values(), *highest.values(), known[0], known[-1]})
    return Series(name, tuple(x for x, _ in kept), tuple(y for _, y in kept))
