"""Framed parts of a job's detail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region
from textual.widgets import Static

from core.jobs.state.series import Series
from widgets.charts.axes import needs_log_axis
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot, last_part, values_shown
from widgets.glyphs import Glyphs
from widgets.shell.frames import Framed, set_frame

ZOOM = 0.25
"""Share of all steps that the zoomed curves show."""

MIN_LEGEND_WIDTH = 60
"""In a narrower frame there is no legend."""


class Panel(Static, Framed):
    """A frame around lines of text, hidden while there are none."""

    DEFAULT_CSS = """
    Panel { height: auto; display: none; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    Panel.-filled { display: block; }
    """

    def __init__(self, title: str, *, id: str) -> None:  # noqa: A002
        super().__init__("", id=id, markup=False, classes="-joined")
        self._lines: list[Content] = []
        self._changed: tuple[Region, ...] = ()
        set_frame(self, title)

    def set_lines(self, lines: Iterable[Content]) -> None:
        """Show these lines; only those that differ are painted."""
        old, self._lines = self._lines, list(lines)
        resized = len(old) != len(self._lines)
        changed = [row for row, pair in enumerate(zip(old, self._lines, strict=False)) if not Content.is_same(*pair)]
        if not (changed or resized):
            return
        self.set_class(bool(self._lines), "-filled")
        self._changed = () if resized else tuple(Region(0, row, self.size.width, 1) for row in changed)
        self.update(Content("\n").join(self._lines), layout=resized)  # lines are not wrapped
        self._changed = ()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        return super().refresh(*(regions or self._changed), repaint=repaint, layout=layout, recompose=recompose)


class ChartPanel(Vertical, Framed):
    """A frame around the curves of a job, hidden while there are none."""

    DEFAULT_CSS = """
    ChartPanel { height: 1fr; min-height: 8; display: none; }
    ChartPanel.-filled { display: block; }
    ChartPanel LineChart { height: 1fr; }
    """

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id, classes="-joined")
        self._glyphs = glyphs
        self.shows_log_axis = False
        set_frame(self, "curves")

    def compose(self) -> ComposeResult:
        yield LineChart(self._glyphs)

    def set_curves(self, name: str, curves: Sequence[Series], *, zoomed: bool, log: bool | None, growing: bool) -> None:
        """Show these curves; `log` chooses the axis, None by their values. A growing one has room at its right."""
        self.set_class(bool(curves), "-filled")
        zoom = last_part(curves, ZOOM) if zoomed else None
        if log is None:
            log = needs_log_axis(values_shown(curves, zoom))
        self.shows_log_axis = log
        plot = Plot(tuple(curves), sequential=True, log=log, zoom=zoom, heading=False, growing=growing)
        self.query_one(LineChart).set_plot(plot)
        parts = [name, *(["log axis"] if log else []), *(["last quarter"] if zoom else [])]
        set_frame(self, ", ".join(parts) + self._legend(curves))

    def _legend(self, curves: Sequence[Series]) -> str:
        if self.size.width < MIN_LEGEND_WIDTH:
            return ""
        line, dot, mark = "*.#" if self._glyphs.ascii_only else "━·◆"
        legend = f"   {line} smoothed   {dot} raw" if any(one.smoothed for one in curves) else ""
        return legend + (f"   {mark} checkpoint" if any(one.checkpoints for one in curves) else "")
