"""Curves as data, downsampled for a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

SMOOTHING = 0.8
"""Weight of the earlier values in the moving average: about the last five values count."""

COLUMNS = 512
"""Intervals of a thinned curve; more than a terminal has columns of dots."""


@dataclass(frozen=True)
class Series:
    """A named curve with ascending `xs`."""

    name: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    smoothed: tuple[float, ...] = ()
    """The moving average at each x; empty if it is not shown."""
    checkpoints: tuple[float, ...] = ()
    """The xs at which a checkpoint was saved."""
    group: int | None = None
    """Curves of the same group are drawn alike, as the phases of one training; without groups each one differs."""


def smooth(values: Sequence[float], weight: float = SMOOTHING) -> list[float]:
    """The exponential moving average, without the bias of its start towards 0.

    As TensorBoard's `classicSmoothing` (tensorboard/webapp/widgets/line_chart_v2/data_transformer.ts): with
    m = weight * m + (1 - weight) * value, starting at 0, the n-th average is m / (1 - weight ** n). Values that are NaN
    or infinite are passed through and do not count.
    """
    average, bias = 0.0, 1.0
    averages = []
    for value in values:
        if not isfinite(value):
            averages.append(value)
            continue
        average = weight * average + (1 - weight) * value
        bias *= weight
        averages.append(average / (1 - bias))
    return averages


def smoothed_curve(name: str, points: Iterable[tuple[float, float]], checkpoints: Iterable[float] = ()) -> Series:
    """A thinned curve with the moving average of all its points."""
    known = _finite(points)
    averages = smooth([y for _, y in known])
    kept = _extremes([(x, y, average) for (x, y), average in zip(known, averages, strict=True)], COLUMNS)
    return replace(
        _series(name, kept),
        smoothed=tuple(point[2] for point in kept),
        checkpoints=tuple(sorted(set(checkpoints))),
    )


def thin(name: str, points: Iterable[tuple[float, float]], columns: int = COLUMNS) -> Series:
    """The lowest and highest point in each of `columns` intervals, so that no spike is lost."""
    return _series(name, _extremes(_finite(points), columns))


def _finite(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in points if isfinite(x) and isfinite(y)]


def _series(name: str, points: Sequence[tuple[float, ...]]) -> Series:
    return Series(name, tuple(point[0] for point in points), tuple(point[1] for point in points))


def _extremes(points: Sequence[tuple[float, ...]], columns: int) -> Sequence[tuple[float, ...]]:
    """Of tuples that begin with x and y, the lowest and the highest y in each interval of x, and the ends."""
    if len(points) <= 2 * columns:
        return points
    left, span = points[0][0], points[-1][0] - points[0][0] or 1.0
    lowest: dict[int, tuple[float, ...]] = {}
    highest: dict[int, tuple[float, ...]] = {}
    for point in points:
        column = min(columns - 1, int((point[0] - left) / span * columns))
        if column not in lowest or point[1] < lowest[column][1]:
            lowest[column] = point
        if column not in highest or point[1] > highest[column][1]:
            highest[column] = point
    return sorted({*lowest.values(), *highest.values(), points[0], points[-1]})
