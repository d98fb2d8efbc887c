"""A line chart that redraws in a few milliseconds: it renders line by line, without a renderable."""

from __future__ import annotations

import time
from typing import ClassVar

from textual.strip import Strip

from widgets.charts.line_plot import CURVE_ROLES, Plot, plot_lines
from widgets.charts.strips import DrawnWidget, strip_of
from widgets.glyphs import Glyphs

GROWING_SECONDS = 1.9
"""Between two drawings of a curve that grows: new points come once a second, so every second time is in time."""


class LineChart(DrawnWidget):
    """Shows a plot."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line-chart--{role}" for role in ("title", "axis", "faint", *CURVE_ROLES, "checkpoint")
    }

    DEFAULT_CSS = """
    LineChart {
        height: 10;
        .line-chart--title { color: $text-primary; text-style: bold; }
        .line-chart--axis { color: $foreground-muted; }
        .line-chart--faint { color: $foreground-disabled; }
        .line-chart--first { color: $text-primary; }
        .line-chart--second { color: $text-warning; }
        .line-chart--third { color: $text-success; }
        .line-chart--fourth { color: $text-error; }
        .line-chart--fifth { color: $text-accent; }
        .line-chart--sixth { color: $text-secondary; }
        .line-chart--checkpoint { color: $text-accent; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._glyphs = glyphs
        self._plot = Plot()
        self._drawn = 0.0
        self._is_due = False

    def set_plot(self, plot: Plot) -> None:
        """Show this plot; showing the same one again costs nothing, and points added to it may wait a little."""
        if plot == self._plot:
            return
        waits = self._drawn + GROWING_SECONDS - time.monotonic() if plot.continues(self._plot) else 0.0
        self._plot = plot
        if waits <= 0:
            self._draw_newest()
        elif not self._is_due:
            self._is_due = True
            self.set_timer(waits, self._draw_newest)

    def _draw_newest(self) -> None:
        self._is_due, self._drawn = False, time.monotonic()
        self.redraw()

    def draw_lines(self) -> list[Strip]:
        styles = {name.partition("--")[2]: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        lines = plot_lines(self._plot, self.size.width, self.size.height, self._glyphs)
        return [strip_of(line, styles, self.rich_style, self.size.width) for line in lines]
