"""Graphs of one row."""

from __future__ import annotations

from math import inf, nan

from widgets.charts.sparkline import sparkline


def test_sparkline_of_the_newest_values() -> None:
    values = [9.0, *(step / 7 for step in range(8))]
    assert sparkline(values, 8, ascii_only=False) == "▁▂▃▄▅▆▇█"
    assert sparkline(values, 8, ascii_only=True) == "_.-=+*#@"


def test_sparkline_with_a_scale() -> None:
    assert sparkline([0.0, 0.5, 1.0, 2.0, -1.0], 9, ascii_only=False, scale=(0.0, 1.0)) == "▁▅██▁"


def test_sparkline_of_odd_values() -> None:
    assert sparkline([3.0, 3.0], 5, ascii_only=False) == "▅▅"
    assert sparkline([nan, inf, -inf, 1.0], 5, ascii_only=False) == " █▁▅"
    assert sparkline([-1.7e308, 1.7e308], 5, ascii_only=False) == "▁█"
    assert sparkline([], 5, ascii_only=False) == sparkline([1.0], 0, ascii_only=False) == ""
