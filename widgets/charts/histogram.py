"""How often values occur, such as lengths of questions or scores, as bars of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from statistics import median
from typing import ClassVar

from textual.strip import Strip

from widgets.charts.axes import LARGEST, plain_number
from widgets.charts.line_plot import MIN_HEIGHT, MIN_WIDTH, Span, ends
from widgets.charts.strips import DrawnWidget, strip_of
from widgets.glyphs import Glyphs
from widgets.text_width import cut

EIGHTHS = "▁▂▃▄▅▆▇█"

ASCII_LEVELS = ".:#"

WIDEST_BAR = 6
"""Columns of a bar, also if few values differ."""

GAP_FROM = 3
"""Columns of a bar from which there is a gap between two."""


@dataclass(frozen=True)
class Bins:
    """Counts of values in parts of equal width; the upper edge belongs to the next part."""

    left: float
    width: float
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Distribution:
    """What a histogram shows."""

    values: tuple[float, ...] = ()
    title: str = ""
    x_name: str = ""
    """What the values are, with their unit."""


def bins_of(values: Sequence[float], most: int) -> Bins | None:
    """At most so many parts, whose edges are round numbers; whole numbers have parts of whole numbers.

    Values that are not finite do not count. None without values.
    """
    known = _known(values)
    if not known or most < 1:
        return None
    low, high = min(known), max(known)
    whole = all(value == floor(value) for value in known)
    width = _round_up((high - low) / most)
    if whole:
        width = max(1.0, ceil(width))
    elif width <= abs(high) * 1e-12:
        width = _round_up(abs(high)) / 10
    while _part(high, width) - _part(low, width) >= most > 1:
        width = _round_up(width * 1.01)
    first = _part(low, width)
    counts = [0] * (_part(high, width) - first + 1)
    for value in known:
        counts[_part(value, width) - first] += 1
    return Bins(first * width, width, tuple(counts))


def _known(values: Sequence[float]) -> list[float]:
    return [value for value in values if isfinite(value) and abs(value) < LARGEST]


def _part(value: float, width: float) -> int:
    """The number of the part that a value is in; 0.3 is in that from 0.3 on, whatever 0.3 / 0.1 is."""
    return floor(value / width * (1 + 1e-12))


def _round_up(width: float) -> float:
    """The next of 1, 2, 5, 10, 20 …; 0 for nothing."""
    if width <= 0:
        return 0.0
    power = 10.0 ** floor(log10(width))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9))


def histogram_lines(shown: Distribution, width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """The lines: a title with number and median, the bars, and the axis of the values. Empty if there is no room."""
    rows = height - 2
    known = _known(shown.values)
    if width < MIN_WIDTH or height < MIN_HEIGHT or not known:
        return []
    label_width = len(f"{len(known):,}")
    columns = width - label_width - 2
    bins = bins_of(known, columns)
    if bins is None:
        return []
    bar = min(WIDEST_BAR, columns // len(bins.counts))
    drawn = _bars(bins.counts, bar, rows, ascii_only=glyphs.ascii_only)
    wall = "|" if glyphs.ascii_only else "│"
    lines: list[list[Span]] = [_heading(shown.title, known, width, glyphs)]
    for row, text in enumerate(drawn):
        label = f"{max(bins.counts):,}" if row == 0 else "0" if row == rows - 1 else ""
        lines.append([(f"{label:>{label_width}} {wall}", "axis"), (text, "bar")])
    right = f"{shown.x_name} {plain_number(max(known))}".strip()
    room = min(columns, max(bar * len(bins.counts), len(right) + 10))
    below = ends(plain_number(min(known)), right, room, glyphs)
    return [*lines, [(" " * (label_width + 2) + below, "axis")]]


def _heading(title: str, known: Sequence[float], width: int, glyphs: Glyphs) -> list[Span]:
    """The title, and as many figures as fit."""
    spans: list[Span] = [(cut(title, width, glyphs), "title")]
    room = width - len(spans[0][0])
    number = f"{len(known):,} value" + ("" if len(known) == 1 else "s")
    for text in (number, f"median {plain_number(median(known))}"):
        if len(text) + 3 > room:
            break
        spans += [("   ", None), (text, "axis")]
        room -= len(text) + 3
    return spans


def _bars(counts: Sequence[int], bar: int, rows: int, *, ascii_only: bool) -> list[str]:
    """The rows from the top; a count above 0 is at least one level high."""
    levels = ASCII_LEVELS if ascii_only else EIGHTHS
    steps, top = len(levels), max(counts)
    filled = [ceil(count / top * rows * steps) for count in counts]
    lines = []
    for row in reversed(range(rows)):
        cells = (levels[min(steps, level - steps * row) - 1] if level > steps * row else " " for level in filled)
        lines.append("".join(cell * (bar - 1) + " " if bar >= GAP_FROM else cell * bar for cell in cells))
    return lines


class Histogram(DrawnWidget):
    """Shows a distribution."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"histogram--{role}" for role in ("title", "axis", "bar")}

    DEFAULT_CSS = """
    Histogram {
        height: 10;
        .histogram--title { color: $text-primary; text-style: bold; }
        .histogram--axis { color: $foreground-muted; }
        .histogram--bar { color: $primary; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._glyphs = glyphs
        self._shown = Distribution()

    def show(self, distribution: Distribution) -> None:
        """Show this distribution; the same one again costs nothing."""
        if distribution != self._shown:
            self._shown = distribution
            self.redraw()

    def draw_lines(self) -> list[Strip]:
        styles = {name.partition("--")[2]: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        lines = histogram_lines(self._shown, self.size.width, self.size.height, self._glyphs)
        return [strip_of(line, styles, self.rich_style, self.size.width) for line in lines]
