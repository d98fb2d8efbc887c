"""The text of the line at the top for any width: panes at the left, jobs, machine and clock at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Literal

from core.system.pulse import Pulse
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs

NAME = "labtop"

SHORT = {"System": "Sys", "Taxonomy": "Tax", "Evaluate": "Eval", "Models": "Mod"}
"""Titles of panes where there is no room for the whole ones."""

BUSY = 0.9
"""Share from which the machine's figure is highlighted."""

Tab = tuple[str, str, str]
"""Key, title and name of a pane."""

Status = Literal["long", "medium", "short", "jobs", "none"]

GRAPH_WIDTHS = {"long": 8, "medium": 8, "short": 3}
"""Cells of the graph, by form of the status; other forms have none."""

Span = tuple[str, str]
"""Text and style."""


@dataclass(frozen=True)
class Shape:
    """How much of everything is shown."""

    name: bool
    """Whether the program's name is shown."""
    titles: Literal["full", "short", "current"]
    """Of the panes: whole, abbreviated, or only that of the open pane."""
    status: Status


SHAPES = (
    Shape(True, "full", "long"),
    Shape(True, "full", "medium"),
    Shape(True, "full", "short"),
    Shape(True, "short", "long"),
    Shape(True, "short", "medium"),
    Shape(True, "short", "short"),
    Shape(False, "short", "short"),
    Shape(False, "short", "jobs"),
    Shape(False, "current", "short"),
    Shape(False, "current", "jobs"),
    Shape(False, "current", "none"),
)
"""The first one that fits is used; the last one in any case."""


@dataclass(frozen=True)
class TabText:
    """A pane as it is shown."""

    name: str
    start: int
    """Its first column."""
    text: str


@dataclass(frozen=True)
class Header:
    """What the line shows."""

    show_name: bool
    tabs: tuple[TabText, ...]
    status: tuple[Span, ...]

    @property
    def tabs_end(self) -> int:
        """The column after the last pane and the blank that follows it."""
        return self.tabs[-1].start + len(self.tabs[-1].text) + 1 if self.tabs else 0

    @property
    def status_width(self) -> int:
        return sum(len(text) for text, _ in self.status)


def header(tabs: Sequence[Tab], current: str, running: int, pulse: Pulse, width: int, glyphs: Glyphs) -> Header:
    """The richest header that fits into a width. A job that starts changes nothing but its own figure."""
    for shape in SHAPES:
        reserved = status_spans(shape.status, max(1, running), pulse, glyphs)
        shown = Header(shape.name, _tab_texts(tabs, current, shape), reserved)
        if shown.tabs_end + shown.status_width <= width:
            break
    return Header(shown.show_name, shown.tabs, status_spans(shape.status, running, pulse, glyphs))


def _tab_texts(tabs: Sequence[Tab], current: str, shape: Shape) -> tuple[TabText, ...]:
    column, between = len(NAME) + 2 if shape.name else 1, 2 if shape.titles == "full" else 1
    placed = []
    for key, title, name in tabs:
        text = f"{key} {title}"
        if shape.titles == "short":
            text = f"{key}{SHORT.get(title, title)}"
        elif shape.titles == "current" and name != current:
            text = key
        placed.append(TabText(name, column, text))
        column += len(text) + between
    return tuple(placed)


def status_spans(form: Status, running: int, pulse: Pulse, glyphs: Glyphs) -> tuple[Span, ...]:
    """Running jobs, how busy the machine is, and the time of day."""
    if form == "none":
        return ()
    symbol = glyphs.status["running"]
    jobs = f"{symbol}{running} "
    if form == "long":
        jobs = f"{symbol} {running} {'job' if running == 1 else 'jobs'} running   "
    spans: list[Span] = [(jobs, "bold $text-primary")] if running else []
    newest = pulse.shares[-1] if pulse.shares else nan
    style = "$text-warning" if newest >= BUSY else "$text-primary"
    if width := GRAPH_WIDTHS.get(form):
        share = f"{newest:>5.0%} " if form == "long" and isfinite(newest) else ""
        graph = sparkline(pulse.shares, width, ascii_only=glyphs.ascii_only, scale=(0.0, 1.0)).rjust(width)
        spans += [(f"{pulse.source} " if share else pulse.source, "$foreground-muted"), (f"{graph}{share}", style)]
    return (*spans, (f" {pulse.clock:>5}", "$foreground"))
