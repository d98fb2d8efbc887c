"""Area graphs as text."""

from __future__ import annotations

from math import inf, nan

from widgets.charts.area import area_rows

RISING = [step / 23 for step in range(24)]


def test_area_in_braille() -> None:
    assert area_rows(RISING, 14, 3, ascii_only=False) == [
        "          ⣀⣤⣶⣿",
        "      ⣀⣤⣶⣿⣿⣿⣿⣿",
        "  ⢀⣤⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿",
    ]


def test_area_in_ascii() -> None:
    assert area_rows(RISING, 14, 3, ascii_only=True) == [
        "          .:||",
        "      .:||||||",
        "  .::|||||||||",
    ]


def test_area_of_odd_values() -> None:
    assert area_rows([nan, nan, 0.0, 0.001, -inf, inf], 3, 1, ascii_only=False) == [" ⢀⢸"]
    assert area_rows([nan, 0.5, 2.0, -1.0], 2, 1, ascii_only=True) == [":|"]
    assert area_rows([], 3, 1, ascii_only=True) == ["   "]
    for width, height in ((0, 3), (1, 1), (3, 0), (0, 0), (2, -1)):
        assert len(area_rows(RISING, width, height, ascii_only=False)) == max(0, height)
