"""Draws curves as rows of braille or ASCII characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.jobs.state.series import Series

BRAILLE = 0x2800
"""The empty cell of the Unicode block "Braille Patterns", whose low eight bits are the dots."""

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell's dots, by column and row."""

ASCII_MARKS = "*+o"

Drawing = list[list[tuple[str, int | None]]]
"""Rows of cells: a character, and the index of the series it belongs to."""


@dataclass(frozen=True)
class Frame:
    """The part of the plane that a drawing shows."""

    left: float
    right: float
    bottom: float
    top: float


def frame_of(series: Sequence[Series]) -> Frame | None:
    """The smallest frame that holds all points; None when there are none."""
    xs = [x for one in series for x in one.xs]
    ys = [y for one in series for y in one.ys]
    if not xs:
        return None
    bottom, top = min(ys), max(ys)
    if bottom == top:
        room = abs(top) * 0.1 or 1.0
        bottom, top = bottom - room, top + room
    return Frame(min(xs), max(xs), bottom, top)


def draw(series: Sequence[Series], frame: Frame, width: int, height: int, *, ascii_only: bool) -> Drawing:
    """The curves as `height` rows of `width` cells; later series cover earlier ones.

    Braille cells hold 2 by 4 dots; from the second series on, only every n-th column of dots is set, so that
    curves differ without colour, too. In ASCII a cell is one dot, with a different mark for each series.
    """
    across, down = (1, 1) if ascii_only else (2, 4)
    bits = [[0] * width for _ in range(height)]
    owner: list[list[int | None]] = [[None] * width for _ in range(height)]
    for number, one in enumerate(series):
        for x, low, high in _columns(one, frame, width * across, height * down):
            if not ascii_only and number and x % (number + 1):
                continue
            for y in range(low, high + 1):
                row, column = y // down, x // across
                bits[row][column] |= 1 if ascii_only else DOTS[x % 2][y % 4]
                owner[row][column] = number
    return [
        [(_cell(bits[row][column], owner[row][column], ascii_only), owner[row][column]) for column in range(width)]
        for row in range(height)
    ]


def _cell(bits: int, owner: int | None, ascii_only: bool) -> str:
    if not bits or owner is None:
        return " "
    return ASCII_MARKS[owner % len(ASCII_MARKS)] if ascii_only else chr(BRAILLE + bits)


def _columns(series: Series, frame: Frame, width: int, height: int) -> Iterable[tuple[int, int, int]]:
    """For each column of dots the curve's highest and lowest row, joined to the column before."""
    across = (width - 1) / (frame.right - frame.left) if frame.right > frame.left else 0.0
    down = (height - 1) / (frame.top - frame.bottom)
    reached: dict[int, tuple[int, int, int]] = {}  # column: least row, greatest row, last row
    before: tuple[int, int] | None = None
    for x, y in zip(series.xs, series.ys, strict=True):
        column, row = round((x - frame.left) * across), round((frame.top - y) * down)
        if before is not None and column > before[0] + 1:
            for between in range(before[0] + 1, column):
                share = (between - before[0]) / (column - before[0])
                level = round(before[1] + (row - before[1]) * share)
                reached[between] = (level, level, level)
        least, greatest, _ = reached.get(column, (row, row, row))
        reached[column] = (min(least, row), max(greatest, row), row)
        before = (column, row)
    last: int | None = None
    for column in sorted(reached):
        least, greatest, end = reached[column]
        if last is not None:  # no gap between a column and the next
            least, greatest = min(least, last + (last < least)), max(greatest, last - (last > greatest))
        yield column, max(0, least), min(height - 1, greatest)
        last = end
