"""Draws curves as rows of braille or ASCII characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BRAILLE = 0x2800
"""The empty cell of the Unicode block "Braille Patterns", whose low eight bits are the dots."""

DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Bits of a braille cell's dots, by column and row."""

SPANS = [[[sum(dots[first : last + 1]) for last in range(4)] for first in range(4)] for dots in DOTS]
"""Bits of adjacent dots in one column of a cell, by column, first and last row."""

Cell = tuple[str, str | None]
"""A character, and the role of the curve it belongs to."""

Drawing = list[list[Cell]]
"""Rows of cells."""


@dataclass(frozen=True)
class Frame:
    """The part of the plane that a drawing shows."""

    left: float
    right: float
    bottom: float
    top: float

    def column(self, x: float, columns: int) -> int:
        """The column of a point."""
        return round((x - self.left) / (self.right - self.left) * (columns - 1)) if self.right > self.left else 0

    def row(self, y: float, rows: int) -> int:
        """The row of a point, counted from the top."""
        return round((self.top - y) / (self.top - self.bottom) * (rows - 1))


@dataclass(frozen=True)
class Curve:
    """Finite points with ascending `xs`, and how they are drawn."""

    xs: Sequence[float]
    ys: Sequence[float]
    role: str
    mark: str = "*"
    """The character in ASCII."""
    every: int = 1
    """Only every n-th column of braille dots is set, so that curves differ without colour."""
    joined: bool = True
    """Whether points are connected by a line."""
    covers: bool = False
    """Whether dots of earlier curves in the same cells are removed."""


def draw(curves: Sequence[Curve], frame: Frame, width: int, height: int, *, ascii_only: bool) -> Drawing:
    """The curves as `height` rows of `width` cells; later curves cover earlier ones.

    Braille cells hold 2 by 4 dots. In ASCII a cell is one dot.
    """
    across, down = (1, 1) if ascii_only else (2, 4)
    bits = [[0] * width for _ in range(height)]
    owner: list[list[Curve | None]] = [[None] * width for _ in range(height)]
    for curve in curves:
        for x, low, high in _columns(curve, frame, width * across, height * down):
            if not ascii_only and x % curve.every:
                continue
            column = x // across
            for row in range(low // down, high // down + 1):
                if curve.covers and owner[row][column] is not curve:
                    bits[row][column] = 0
                first, last = max(low - row * down, 0), min(high - row * down, down - 1)
                bits[row][column] |= 1 if ascii_only else SPANS[x % 2][first][last]
                owner[row][column] = curve
    return [
        [_cell(bits[row][column], owner[row][column], ascii_only) for column in range(width)] for row in range(height)
    ]


def _cell(bits: int, owner: Curve | None, ascii_only: bool) -> Cell:
    if not bits or owner is None:
        return " ", None
    return owner.mark if ascii_only else chr(BRAILLE + bits), owner.role


def _columns(curve: Curve, frame: Frame, width: int, height: int) -> Iterable[tuple[int, int, int]]:
    """For each column of dots the lowest and the highest row to set."""
    left, right, top = frame.left, frame.right, frame.top
    across = (width - 1) / (right - left) if right > left else 0.0
    down = (height - 1) / (top - frame.bottom)
    points = [
        (round((x - left) * across), round((top - y) * down))
        for x, y in zip(curve.xs, curve.ys, strict=True)
        if left <= x <= right
    ]
    return _joined(points, height) if curve.joined else _separate(points, height)


def _separate(points: Iterable[tuple[int, int]], height: int) -> Iterable[tuple[int, int, int]]:
    for column, row in dict.fromkeys(points):
        if 0 <= row < height:
            yield column, row, row


def _joined(points: Iterable[tuple[int, int]], height: int) -> Iterable[tuple[int, int, int]]:
    """The curve's lowest and highest row in each column, connected to the column before."""
    reached: dict[int, tuple[int, int, int]] = {}  # column: least row, greatest row, last row
    before: tuple[int, int] | None = None
    for column, row in points:
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
