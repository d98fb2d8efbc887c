"""A chart of a training in a frame of its own."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content

from core.overview.training.charts import RUN, Chart
from widgets.charts.axes import needs_log_axis, plain_number
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Part, Plot, legend_entry
from widgets.glyphs import Glyphs
from widgets.shell.frames import Framed, frame_room, set_frame

ZOOMS = (1.0, 0.25, 0.05)
"""Shares of all steps that a chart can show: the newest ones."""

MIN_LEGEND_WIDTH = 44
"""In a smaller chart the legend names only other trainings."""

ZOOM_NAMES = {1.0: "", 0.25: "last quarter", 0.05: "last 5%"}

LEGEND_STYLES = ("$text-primary", "$text-warning", "$text-success", "$text-error", "$text-accent", "$text-secondary")
"""The colours of curves, as in the style sheet of the chart."""


class ChartTile(LineChart, Framed):
    """Hidden until it has a chart to show."""

    DEFAULT_CSS = """
    ChartTile { height: 1fr; display: none; }
    ChartTile.-filled { display: block; }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(glyphs, id=id)
        self.chart: Chart | None = None
        self.shows_log_axis = False
        self._zoom_name = ""

    def show(self, chart: Chart, *, share: float, log: bool | None, growing: bool) -> None:
        """Show the newest `share` of a chart; `log` chooses the axis, None by the values of a loss."""
        self.chart = chart
        end = chart.sections[-1].end if chart.sections else 0.0
        zoom = (end * (1 - share), end) if share < 1 and end else None
        left = zoom[0] if zoom else 0.0
        if log is None:
            shown = [y for one in chart.series for x, y in zip(one.xs, one.ys, strict=True) if x >= left]
            log = chart.name == "loss" and needs_log_axis(shown)
        self.shows_log_axis = log
        parts = tuple(Part(section.name, section.end) for section in chart.sections)
        plot = Plot(chart.series, log=log, zoom=zoom, heading=False, growing=growing)
        self.set_plot(replace(plot, from_zero=chart.from_zero, parts=parts))
        self.add_class("-filled")
        self._zoom_name = ZOOM_NAMES.get(share, "")
        self._show_title()

    def on_resize(self) -> None:
        self._show_title()

    def hide(self) -> None:
        """There is nothing to show."""
        self.chart = None
        self.remove_class("-filled")

    def _show_title(self) -> None:
        if self.chart is not None:
            set_frame(self, self._title(self.chart))

    def _title(self, chart: Chart) -> Content:
        """Name and newest value, how it is drawn, and the legend as far as there is room."""
        value = "" if chart.newest is None else f" {plain_number(chart.newest)}{chart.unit}"
        how = ", ".join(part for part in ("log axis" if self.shows_log_axis else "", self._zoom_name) if part)
        title = Content.assemble(f"{chart.title}{value}", (f" {how}" if how else "", "$foreground-muted"))
        room = frame_room(self) - title.cell_length
        for text, style in self._legend(chart):
            if len(text) + 3 > room:
                break
            title = Content.assemble(title, "   ", (text, style))
            room -= len(text) + 3
        return title

    def _legend(self, chart: Chart) -> list[tuple[str, str]]:
        """Other curves than the training's own come first."""
        own = [one for one in chart.series if one.group == RUN]
        looks = dict.fromkeys((one.group or RUN, one.name) for one in chart.series)
        entries = [] if len(looks) < 2 else [self._entry(look, name) for look, name in sorted(looks)]
        if self.size.width < MIN_LEGEND_WIDTH:
            return entries
        line, dot, mark = "*.#" if self._glyphs.ascii_only else "━·◆"
        if any(one.smoothed for one in own):
            entries += [(f"{line} smoothed", LEGEND_STYLES[RUN]), (f"{dot} raw", "$foreground-disabled")]
        if any(one.checkpoints for one in own):
            entries.append((f"{mark} checkpoint", "$text-accent"))
        return entries

    def _entry(self, look: int, name: str) -> tuple[str, str]:
        return legend_entry(look, name, self._glyphs)[0], LEGEND_STYLES[look % len(LEGEND_STYLES)]
