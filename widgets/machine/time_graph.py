"""Area graphs over time with an axis, and lines of text next to and below them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual.strip import Strip

from widgets.charts.area import SAMPLES_PER_CELL, area_rows
from widgets.charts.gradient import row_colors
from widgets.charts.strips import DrawnWidget, strip_of
from widgets.glyphs import Glyphs
from widgets.machine.titles import in_frame
from widgets.shell.frames import Framed, set_frame

PART = "time-graph--"
ROLES = ("label", "full", "empty", "warning", "flow", "low", "middle", "high")

Line = tuple[tuple[str, str | None], ...]
"""Texts, each with one of ROLES or None."""

LABEL_WIDTH = 5
"""Columns of the labels of the value axis."""

LABELLED_WIDTH = 44
"""Columns from which the value axis has labels."""

LABELLED_ROWS = 3
"""Rows of a band from which it has labels."""

ROWS_WITH_AXIS = 4
"""Rows from which the last one is the time axis."""

SIDE_GAP = 2

MIN_AXIS = 12
"""Columns from which there is a time axis."""


@dataclass(frozen=True)
class Band:
    """One of the graphs that share the height, one below the other."""

    columns: Callable[[int], Sequence[float]]
    """Shares from 0 to 1 for a number of columns, oldest first; NaN where nothing was measured."""
    top: str = "100%"
    """The label of 1, at most LABEL_WIDTH - 1 characters."""
    bottom: str = "0"
    graded: bool = True
    """Whether rows are coloured from green to red; else all are alike, since more is not worse."""


@dataclass(frozen=True)
class GraphView:
    """What a graph shows."""

    bands: tuple[Band, ...] = ()
    span: float = 0.0
    """Seconds from the left to the right."""
    side: Callable[[int, int], Sequence[Line]] | None = None
    """Lines at the right, all of the same length, for the width and height of the whole graph; may be none."""
    below: Callable[[int, int], Sequence[Line]] | None = None
    """Lines below the graph, for the width and height of both; one row is always left for the graph."""


class TimeGraph(DrawnWidget, Framed):
    """Draws a GraphView in any size: lines of text are kept as long as one row of the graph fits."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}{role}" for role in ROLES}

    DEFAULT_CSS = """
    TimeGraph {
        width: 1fr;
        height: 1fr;
        .time-graph--label { color: $foreground-muted; }
        .time-graph--full { color: $primary; }
        .time-graph--empty { color: $foreground-disabled; }
        .time-graph--warning { color: $text-warning; text-style: bold; }
        .time-graph--flow { color: $accent; }
        .time-graph--low { color: $success; }
        .time-graph--middle { color: $warning; }
        .time-graph--high { color: $error; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="frame -joined")
        self._glyphs = glyphs
        self._view = GraphView()
        self._styles: dict[str, Style] = {}

    def show(self, view: GraphView, title: str, figures: str = "") -> None:
        """Show other values, and a title and figures in the frame; only what changes is painted."""
        self._view = view
        width = self.size.width
        set_frame(self, in_frame(title, width, self._glyphs), in_frame(figures, width, self._glyphs))
        self.redraw()

    def draw_lines(self) -> list[Strip]:
        width, height = self.size
        if width < 1 or height < 1:
            return []
        styles = self._current_styles()
        plain = styles["plain"]
        below = list(self._view.below(width, height)) if self._view.below else []
        if not self._view.bands:
            return [strip_of(line, styles, plain, width) for line in below[:height]]
        below = below[: height - 1]
        rows = height - len(below)
        side = list(self._view.side(width, rows)) if self._view.side else []
        side_width = max((sum(len(text) for text, _ in line) for line in side), default=-SIDE_GAP)
        graph_width = width - side_width - SIDE_GAP
        has_axis = rows >= ROWS_WITH_AXIS
        graph = self._bands(graph_width, rows - has_axis)
        if has_axis:
            graph.append(((time_axis(self._view.span, graph_width), "label"),))
        lines: list[Line] = []
        for number, line in enumerate(graph):
            label = side[number] if number < len(side) else ()
            lines.append((*line, (" " * SIDE_GAP, None), *label) if label else line)
        return [strip_of(line, styles, plain, width) for line in (*lines, *below)]

    def _current_styles(self) -> dict[str, Style]:
        """The styles by role; computing them takes longer than drawing with them."""
        if not self._styles:
            self._styles = {role: self.get_component_rich_style(f"{PART}{role}") for role in ROLES}
            self._styles["plain"] = self.rich_style
        return self._styles

    def notify_style_update(self) -> None:
        self._styles = {}
        super().notify_style_update()

    def _bands(self, width: int, height: int) -> list[Line]:
        """The rows of all bands; the styles of their rows are added to the known ones."""
        lines: list[Line] = []
        bands = self._view.bands[: max(1, height)]
        for number, band in enumerate(bands):
            rows = height * (number + 1) // len(bands) - height * number // len(bands)
            if band.graded and f"{rows}/0" not in self._styles:
                self._styles |= self._graded(rows)
            labelled = width >= LABELLED_WIDTH and rows >= LABELLED_ROWS
            room = width - LABEL_WIDTH if labelled else width
            drawn = area_rows(band.columns(SAMPLES_PER_CELL * room), room, rows, ascii_only=self._glyphs.ascii_only)
            for row, text in enumerate(drawn):
                label = band.top if row == 0 else band.bottom if row == rows - 1 else ""
                start: Line = ((f"{label:>{LABEL_WIDTH - 1}} ", "label"),) if labelled else ()
                lines.append((*start, (text, f"{rows}/{row}" if band.graded else "flow")))
        return lines

    def _graded(self, rows: int) -> dict[str, Style]:
        """The style of each row, by the share it shows."""
        low, middle, high = (self.get_component_styles(f"{PART}{name}").color for name in ("low", "middle", "high"))
        colors = [color.rich_color.name for color in row_colors(low, middle, high, rows)]
        return {f"{rows}/{row}": self._styles["plain"] + Style(color=color) for row, color in enumerate(colors)}


def time_axis(span: float, width: int) -> str:
    """Times at their places, such as `5 min ago   4   3   2   1   now`, as many as fit; empty without a span."""
    if span <= 0 or width < MIN_AXIS:
        return " " * max(0, width)
    line = [" "] * width
    _place(line, 0, f"{span_text(span)} ago")
    _place(line, width - len("now"), "now")
    parts = next((parts for parts in (6, 5, 4) if span % (parts * (60 if span > 60 else 5)) == 0), 2)
    for part in range(1, parts):
        text = span_text(span * (parts - part) / parts)
        _place(line, round(width * part / parts) - len(text) // 2, text)
    return "".join(line)


def span_text(seconds: float) -> str:
    """Such as `5 min`."""
    return f"{seconds:.0f} s" if seconds <= 60 else f"{seconds / 60:g} min"


def _place(line: list[str], start: int, text: str) -> None:
    """Write a text, if its place and two cells around it are free."""
    around = line[max(0, start - 2) : start + len(text) + 2]
    if start >= 0 and start + len(text) <= len(line) and all(cell == " " for cell in around):
        line[start : start + len(text)] = text
