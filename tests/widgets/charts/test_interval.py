"""Scores with their standard errors."""

from __future__ import annotations

from math import inf, nan

import pytest

from widgets.charts.interval import interval_bar


def test_interval_bars_share_an_axis() -> None:
    assert interval_bar(0.25, 0.1, 21, ascii_only=False) == "╌╌╌├─●─┤╌╌╌╌╌╌╌╌╌╌╌╌╌"
    assert interval_bar(0.75, 0.1, 21, ascii_only=False) == "╌╌╌╌╌╌╌╌╌╌╌╌╌├─●─┤╌╌╌"
    assert interval_bar(0.75, 0.1, 21, ascii_only=True) == ".............[-o-]..."


def test_interval_bar_without_error_is_a_mark() -> None:
    assert interval_bar(0.0, None, 5, ascii_only=True) == interval_bar(0.0, nan, 5, ascii_only=True) == "o...."


def test_interval_bar_is_clipped_at_the_ends() -> None:
    assert interval_bar(0.9, 0.5, 11, ascii_only=True) == "....[----o]"


@pytest.mark.parametrize("score", [nan, inf, -inf, -3.0, 0.5, 7.0])
def test_interval_bar_has_its_width(score: float) -> None:
    for width in (0, 1, 2, 9):
        for stderr in (None, 0.0, 0.2, inf, nan, -1.0):
            assert len(interval_bar(score, stderr, width, ascii_only=True)) == width
