"""Curves drawn as text."""

from __future__ import annotations

import pytest

from core.jobs.state.series import Series
from widgets.charts.axes import frame_of
from widgets.charts.braille import BRAILLE, Curve, Frame, draw


def lines(series: list[Series], width: int, height: int, *, ascii_only: bool) -> list[str]:
    frame = frame_of([point for one in series for point in zip(one.xs, one.ys, strict=True)])
    assert frame is not None
    curves = [Curve(one.xs, one.ys, one.name, "*+o"[number], number + 1) for number, one in enumerate(series)]
    drawing = draw(curves, frame, width, height, ascii_only=ascii_only)
    return ["".join(character for character, _ in row) for row in drawing]


def test_draw_falling_line() -> None:
    line = Series("loss", (0, 1, 2, 3), (3, 2, 1, 0))
    assert lines([line], 4, 4, ascii_only=True) == ["*   ", " *  ", "  * ", "   *"]


def test_draw_braille_has_two_by_four_dots() -> None:
    rising = Series("x", (0, 1, 2, 3), (0, 1, 2, 3))
    # One cell wide and high: dots at the lowest left and the highest right, and what joins them.
    (cell,) = lines([Series("x", (0, 1), (0, 3))], 1, 1, ascii_only=False)
    assert ord(cell) - BRAILLE & 0x40
    assert ord(cell) - BRAILLE & 0x08
    assert all(ord(one) >= BRAILLE or one == " " for row in lines([rising], 8, 3, ascii_only=False) for one in row)


def test_draw_has_no_gaps() -> None:
    rows = lines([Series("x", (0, 100), (0, 10))], 40, 6, ascii_only=True)
    assert all(any(row[column] == "*" for row in rows) for column in range(40))
    steep = lines([Series("x", (0, 1), (0, 10))], 2, 10, ascii_only=True)
    assert all("*" in row for row in steep)


def test_draw_curves_differ_without_colour() -> None:
    one, two = Series("a", tuple(range(40)), (1.0,) * 40), Series("b", tuple(range(40)), (0.0,) * 40)
    rows = lines([one, two], 40, 4, ascii_only=True)
    assert set(rows[0]) == {"*"}
    assert set(rows[-1]) == {"+"}
    cells = lines([one, two], 20, 4, ascii_only=False)
    assert set(cells[0]).isdisjoint(set(cells[-1]))


@pytest.mark.parametrize("value", [0.0, 5.0, -2.0])
def test_frame_of_level_curve_has_margin(value: float) -> None:
    frame = frame_of([(0, value), (1, value)])
    assert isinstance(frame, Frame)
    assert frame.bottom < value < frame.top


def test_frame_of_nothing_is_none() -> None:
    assert frame_of([]) is None


def test_draw_covering_curve_is_alone_in_its_cells() -> None:
    frame = Frame(0, 3, 0, 3)
    dots = Curve((0, 1, 2, 3), (3, 0, 3, 0), "faint", joined=False)
    level = Curve((0, 3), (3, 3), "first", covers=True)
    assert draw([dots, level], frame, 2, 1, ascii_only=False) == [[("⠉", "first"), ("⠉", "first")]]
