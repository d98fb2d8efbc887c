"""Histograms as text."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from tests.tui.helpers import screen_text
from widgets.charts.histogram import Bins, Distribution, Histogram, bins_of, histogram_lines
from widgets.glyphs import ASCII, UNICODE, Glyphs

LENGTHS = tuple(float(length) for length in range(3, 25) for _ in range(1 + (length - 3) * (24 - length)))

IN_BLOCKS = """\
length of questions   1,562 values   median 13.5
  111 │      ▃▅▇████▇▅▃
      │    ▄████████████▄
      │  ▄████████████████▄
    0 │▁▇██████████████████▇▁
       3             words 24
"""

IN_ASCII = """\
length of questions   1,562 values   median 13.5
  111 |      .:######:.
      |    :############:
      |  :################:
    0 |.####################.
       3             words 24
"""

SCORES = (0.1, 0.3, 0.3, 0.3, 0.3, 0.5, 0.5, 0.9)


def text_of(shown: Distribution, width: int, height: int, glyphs: Glyphs) -> str:
    lines = histogram_lines(shown, width, height, glyphs)
    return "".join("".join(text for text, _ in line).rstrip() + "\n" for line in lines)


@pytest.mark.parametrize(("glyphs", "wanted"), [(UNICODE, IN_BLOCKS), (ASCII, IN_ASCII)], ids=["blocks", "ascii"])
def test_histogram_shows_counts_and_axes(glyphs: Glyphs, wanted: str) -> None:
    assert text_of(Distribution(LENGTHS, "length of questions", "words"), 48, 6, glyphs) == wanted


def test_bins_have_round_edges() -> None:
    assert bins_of(SCORES, 5) == Bins(0.0, 0.2, (1, 4, 2, 0, 1))
    bins = bins_of((0.1, 0.2, 0.3), 10)
    assert bins is not None
    assert bins.left == pytest.approx(0.1)
    assert bins.width == pytest.approx(0.05)
    assert bins.counts == (1, 0, 1, 0, 1)


def test_bins_of_whole_numbers_are_whole() -> None:
    assert bins_of((3, 4, 4, 9), 20) == Bins(3.0, 1.0, (1, 2, 0, 0, 0, 0, 1))
    assert bins_of((0, 100), 20) == Bins(0.0, 10.0, (1, *[0] * 9, 1))


def test_bins_of_nothing() -> None:
    assert bins_of((nan, inf), 5) is None
    assert text_of(Distribution((nan,)), 40, 8, UNICODE) == ""
    assert text_of(Distribution((1.0,)), 10, 8, UNICODE) == ""


@given(st.lists(st.floats() | st.integers(-50, 50), max_size=30), st.integers(2, 60))
def test_bins_count_every_finite_value(values: list[float], most: int) -> None:
    finite = [value for value in values if abs(value) < 1e300]
    bins = bins_of(values, most)
    if bins is None:
        assert not finite
    else:
        assert sum(bins.counts) == len(finite)
        assert len(bins.counts) <= most


@given(st.lists(st.floats(allow_nan=True) | st.integers(-5, 5), max_size=20), st.integers(0, 70), st.integers(0, 12))
def test_histogram_fits(values: list[float], width: int, height: int) -> None:
    lines = histogram_lines(Distribution(tuple(values), "a title", "x"), width, height, UNICODE)
    assert len(lines) in (0, height)
    assert all(sum(len(text) for text, _ in line) <= width for line in lines)


class Shown(App[None]):
    def compose(self) -> ComposeResult:
        yield Histogram(UNICODE)


async def test_histogram_widget_shows_other_values() -> None:
    app = Shown()
    async with app.run_test(size=(48, 10)) as pilot:
        histogram = app.query_one(Histogram)
        histogram.show(Distribution(LENGTHS, "length of questions", "words"))
        await pilot.pause()
        assert "1,562 values" in screen_text(app)
        histogram.show(Distribution((1.0, 2.0), "few", "words"))
        await pilot.pause()
        assert "2 values" in screen_text(app)
        assert "1,562" not in screen_text(app)
