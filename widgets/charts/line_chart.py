"""A line chart that redraws in a few milliseconds: it renders line by line, without a renderable."""

from __future__ import annotations

from typing import ClassVar

from textual.strip import Strip

from widgets.charts.line_plot import Plot, plot_lines
from widgets.charts.strips import DrawnWidget, strip_of
from widgets.glyphs import Glyphs


class LineChart(DrawnWidget):
    """Shows a plot."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"line-chart--{role}" for role in ("title", "axis", "faint", "first", "second", "third", "checkpoint")
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
        .line-chart--checkpoint { color: $text-accent; }
    }
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._plot = Plot()

    def set_plot(self, plot: Plot) -> None:
        """Show this plot; showing the same one again costs nothing."""
        if plot != self._plot:
            self._plot = plot
            self.redraw()

    def draw_lines(self) -> list[Strip]:
        styles = {name.partition("--")[2]: self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        lines = plot_lines(self._plot, self.size.width, self.size.height, self._glyphs)
        return [strip_of(line, styles, self.rich_style, self.size.width) for line in lines]
