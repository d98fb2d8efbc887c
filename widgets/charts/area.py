"""An area graph of shares over time as text; the newest value is at the right."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, nan

from widgets.charts.braille import BRAILLE, DOTS

SAMPLES_PER_CELL = 2
"""A column of braille dots is one sample; in ASCII a cell shows the higher of the two."""

ASCII_LEVELS = ".:|"

DOT_ROWS = 4
"""Rows of dots in a braille cell."""


def _cell(left: int, right: int) -> str:
    bits = sum(DOTS[0][DOT_ROWS - left :]) | sum(DOTS[1][DOT_ROWS - right :])
    return chr(BRAILLE + bits) if bits else " "


CELLS = [[_cell(left, right) for right in range(DOT_ROWS + 1)] for left in range(DOT_ROWS + 1)]
"""Braille cells by the heights of their two columns."""


def area_rows(values: Sequence[float], width: int, height: int, *, ascii_only: bool) -> list[str]:
    """`height` rows of `width` cells, for values from 0 to 1; others are clipped, NaN is left empty.

    A value above 0 fills at least one dot, so that "almost nothing" and "not measured" differ.
    """
    if width < 1 or height < 1:
        return ["" for _ in range(max(0, height))]
    newest = list(values[-SAMPLES_PER_CELL * width :])
    samples = [nan] * (SAMPLES_PER_CELL * width - len(newest)) + newest
    steps = len(ASCII_LEVELS) if ascii_only else DOT_ROWS
    levels = [_filled(value, steps * height) for value in samples]
    pairs = list(zip(levels[::2], levels[1::2], strict=True))
    draw = _ascii_cell if ascii_only else _braille_cell
    return ["".join([draw(one, other, row * steps) for one, other in pairs]) for row in reversed(range(height))]


def _filled(value: float, levels: int) -> int:
    """How many of `levels` a value fills."""
    if not isfinite(value):
        return levels if value > 0 else 0
    return ceil(min(1.0, max(0.0, value)) * levels - 1e-9)


def _braille_cell(left: int, right: int, below: int) -> str:
    """A cell for the levels of two samples; `below` levels are in the rows below it."""
    return CELLS[min(DOT_ROWS, max(0, left - below))][min(DOT_ROWS, max(0, right - below))]


def _ascii_cell(left: int, right: int, below: int) -> str:
    level = min(len(ASCII_LEVELS), max(left, right) - below)
    return ASCII_LEVELS[level - 1] if level > 0 else " "
