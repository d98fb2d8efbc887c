"""Curves as data, downsampled for a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

SMOOTHING = 0.8
"""Weight of the earlier values in the moving average: about the last five values count."""


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


def smoothed_curve(name: str, points: Sequence[tuple[float, float]], checkpoints: Iterable[float] = ()) -> Series:
    """A thinned curve with the moving average of all its points."""
    known = [(x, y) for x, y in points if isfinite(x) and isfinite(y)]
    averages = dict(zip((x for x, _ in known), smooth([y for _, y in known]), strict=True))
    thinned = thin(name, known)
    return replace(
        thinned, smoothed=tuple(averages[x] for x in thinned.xs), checkpoints=tuple(sorted(set(checkpoints)))
    )


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
