"""Value axes: the range shown, linear or logarithmic, and its labels in plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, floor, isfinite, log10

from widgets.charts.braille import Frame

LARGEST = 1e300
"""Values beyond it are not drawn, since differences of them would be infinite; 1 / LARGEST is as good as 0."""

MAX_LINEAR_DECADES = 2.0
"""Positive values that span more decades are shown on a logarithmic axis."""

SPARE_WIDTH = 0.2
"""The most room at the right of a curve that still grows, as a share of its width."""

SPARE_HEIGHT = 0.05
"""The same above and below it."""

Point = tuple[float, float]


def drawable(xs: Sequence[float], ys: Sequence[float], *, log: bool) -> list[Point]:
    """The points that can be drawn, with `log10(y)` for y on a logarithmic axis."""
    known = [(x, y) for x, y in zip(xs, ys, strict=True) if abs(x) < LARGEST and abs(y) < LARGEST]
    return [(x, log10(y)) for x, y in known if y > 0] if log else known


def needs_log_axis(values: Iterable[float]) -> bool:
    """Whether all finite values are positive and span more than two decades."""
    known = [value for value in values if isfinite(value)]
    return bool(known) and min(known) > 0 and log10(max(known)) - log10(min(known)) > MAX_LINEAR_DECADES


def frame_of(points: Iterable[Point]) -> Frame | None:
    """The smallest frame that holds all points; None when there are none."""
    known = list(points)
    if not known:
        return None
    xs, ys = [x for x, _ in known], [y for _, y in known]
    bottom, top = min(ys), max(ys)
    if top - bottom <= max(max(abs(top), abs(bottom)) * 1e-12, 1 / LARGEST):
        margin = abs(top) * 0.1 if abs(top) > 10 / LARGEST else 1.0
        bottom, top = bottom - margin, top + margin
    return Frame(min(xs), max(xs), bottom, top)


def with_room(frame: Frame) -> Frame:
    """The frame of a curve that still grows: it ends at round numbers, so that what is drawn stays where it is.

    The left edge is that of the curve.
    """
    step = round_step((frame.right - frame.left) * SPARE_WIDTH)
    right = ceil(frame.right / step) * step if step >= 1 else frame.right
    level = round_step((frame.top - frame.bottom) * SPARE_HEIGHT)
    if not level:
        return replace(frame, right=right)
    return Frame(frame.left, right, floor(frame.bottom / level) * level, ceil(frame.top / level) * level)


def round_step(most: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 and so on, or of such fractions, that is not larger; 0 if there is none."""
    if not 1 / LARGEST < most < LARGEST:
        return 0.0
    power = 10.0 ** floor(log10(most))
    return next(factor * power for factor in (5, 2, 1) if factor * power <= most or factor == 1)


def plain_number(value: float, decimals: int | None = None) -> str:
    """With three significant digits, or the given decimals, without trailing zeros.

    Without an exponent, unless the number is very large or small.
    """
    if value == 0 or not isfinite(value):
        return f"{value:g}"
    magnitude = floor(log10(abs(value)))
    if magnitude >= 10 or (magnitude < -6 and (decimals is None or decimals > 8)):
        return f"{value:.0e}"
    text = f"{value:,.{max(0, 2 - magnitude if decimals is None else decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def labels(frame: Frame, rows: int, *, log: bool) -> dict[int, str]:
    """The labels of the rows that have one."""
    if rows < 1:
        return {}
    if log:
        decades = _decades(frame, rows)
        if len(decades) > 1:
            return decades
    places = {0: frame.top, rows - 1: frame.bottom}
    if rows > 3:
        places[rows // 2] = (frame.top + frame.bottom) / 2
    if log:
        return {row: plain_number(10**level) for row, level in places.items()}
    decimals = 2 - floor(log10(frame.top - frame.bottom))
    return {row: plain_number(level, max(0, decimals)) for row, level in places.items()}


def _decades(frame: Frame, rows: int) -> dict[int, str]:
    """Powers of ten, as many as have a row between them."""
    first, last = ceil(frame.bottom), floor(frame.top)
    step = max(1, ceil(2 * (last - first) / max(1, rows)))
    powers = range(first, last + 1, step)
    return {frame.row(power, rows): plain_number(10.0**power) for power in powers}
