"""A metric over the steps of a stage, in bounded memory however long the training is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import isfinite

POINTS = 2048
"""The most points that a curve holds."""

Point = tuple[int, float]
"""A step and the value at it."""


@dataclass
class Curve:
    """The lowest and highest of each `2 * stride` points, so that no spike is lost; the newest is exact.

    When the curve is full the stride doubles, so each point is moved a bounded number of times on average. A step that
    is added again replaces the earlier one, as long as that one is still kept.
    """

    stride: int = 1
    newest: Point | None = None
    """The last point added, even if its value is NaN or infinite; such points are not kept otherwise."""
    _kept: dict[int, float] = field(default_factory=dict)
    """Two points of each whole bucket."""
    _low: Point | None = None
    _high: Point | None = None
    _in_bucket: int = 0

    def add(self, step: int, value: float) -> None:
        self.newest = point = (step, value)
        if not isfinite(value):
            return
        if step in self._kept:
            self._kept[step] = value
            return
        low, high = self._low or point, self._high or point
        again = self._in_bucket and step in (low[0], high[0])
        self._low = point if value < low[1] or step == low[0] else low
        self._high = point if value >= high[1] or step == high[0] else high
        if again:
            return
        self._in_bucket += 1
        if self._in_bucket >= 2 * self.stride:
            self._kept |= self._bucket()
            self._low, self._high, self._in_bucket = None, None, 0
            if len(self._kept) > POINTS - 4:
                self._halve()

    def _bucket(self) -> dict[int, float]:
        """The points kept of the bucket that is being filled."""
        return dict(sorted(point for point in (self._low, self._high) if point is not None))

    def _halve(self) -> None:
        points = list(self._kept.items())
        self._kept = {}
        for start in range(0, len(points), 4):
            self._kept |= _extremes(points[start : start + 4])
        self.stride *= 2

    def copy(self) -> Curve:
        """An independent copy."""
        return replace(self, _kept=dict(self._kept))

    def points(self) -> list[Point]:
        """The points kept, in ascending order of steps."""
        newest = [] if self.newest is None else [self.newest]
        return sorted({**self._kept, **self._bucket(), **dict(newest)}.items())

    def last(self, count: int) -> list[Point]:
        """The last `count` points kept, without going through all of them."""
        newest = {} if self.newest is None else dict([self.newest])
        kept = dict(islice(reversed(self._kept.items()), count))
        return sorted({**kept, **self._bucket(), **newest}.items())[-count:]

    def __len__(self) -> int:
        return len(self.points())


def _extremes(points: Sequence[Point]) -> dict[int, float]:
    """The lowest and the highest point, in the order of their steps; of equal values the first and the last."""
    low = min(points, key=lambda point: point[1])
    high = max(reversed(points), key=lambda point: point[1])
    return dict(sorted((low, high)))
