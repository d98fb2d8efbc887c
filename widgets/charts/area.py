"""An area graph of shares over time as text; the newest value is at the right."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, nan

from widgets.charts.braille import BRAILLE, DOTS

SAMPLES_PER_CELL = 2
"""A column of braille dots is one sample; in ASCII a cell shows the higher of the two."""

ASCII_LEVELS = ".:|"


def area_rows(values: Sequence[float], width: int, height: int, *, ascii_only: bool) -> list[str]:
    """`height` rows of `width` cells, for values from 0 to 1; others are clipped, NaN is left empty.

    A value above 0 fills at least one dot, so that "almost nothing" and "not measured" differ.
    """
    if width < 1 or height < 1:
        return ["" for _ in range(max(0, height))]
    newest = list(values[-SAMPLES_PER_CELL * width :])
    samples = [nan] * (SAMPLES_PER_CELL * width - len(newest)) + newest
    pairs = list(zip(samples[::2], samples[1::2], strict=True))
    draw = _ascii_cell if ascii_only else _braille_cell
    return ["".join(draw(pair, row, height) for pair in pairs) for row in reversed(range(height))]


def _filled(value: float, levels: int) -> int:
    """How many of `levels` a value fills."""
    if not isfinite(value):
        return levels if value > 0 else 0
    return ceil(min(1.0, max(0.0, value)) * levels - 1e-9)


def _braille_cell(pair: tuple[float, float], row: int, height: int) -> str:
    bits = 0
    for column, value in enumerate(pair):
        dots = min(4, max(0, _filled(value, 4 * height) - 4 * row))
        bits |= sum(DOTS[column][4 - dots :])
    return chr(BRAILLE + bits) if bits else " "


def _ascii_cell(pair: tuple[float, float], row: int, height: int) -> str:
    steps = len(ASCII_LEVELS)
    level = min(steps, max(_filled(value, steps * height) for value in pair) - steps * row)
    return ASCII_LEVELS[level - 1] if level > 0 else " "
