"""A line chart that redraws in well under a millisecond: it renders line by line, without a renderable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from core.jobs.state.series import Series
from widgets.charts.braille import draw, frame_of
from widgets.glyphs import Glyphs

PART = "line-chart--"


class LineChart(Widget):
    """Curves with axes: values on the left; first step, last step and the curves' names below."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}axis", f"{PART}first", f"{PART}second", f"{PART}third"}

    DEFAULT_CSS = """
    LineChart {
        height: 9;
        .line-chart--axis { color: $foreground-muted; }
        .line-chart--first { color: $text-primary; }
        .line-chart--second { color: $text-warning; }
        .line-chart--third { color: $text-success; }
    }
    """

    def __init__(self, glyphs: Glyphs, x_name: str = "step", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._glyphs = glyphs
        self._x_name = x_name
        self._series: tuple[Series, ...] = ()
        self._lines: list[Strip] | None = None
        self._drawn_for = Size()
        """The size the lines were drawn for; a widget is painted in a new size before its resize event."""

    def set_series(self, series: Sequence[Series]) -> None:
        """Show these curves; showing the same ones again costs nothing."""
        if tuple(series) != self._series:
            self._series = tuple(series)
            self._lines = None
            self.refresh()

    def notify_style_update(self) -> None:
        self._lines = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if self._lines is None or self._drawn_for != self.size:
            self._lines, self._drawn_for = self._draw(), self.size
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        frame = frame_of(self._series)
        if frame is None or height < 3 or width < 20:
            return []
        rows = height - 1
        labels = {0: f"{frame.top:.3g}", rows // 2: f"{(frame.top + frame.bottom) / 2:.3g}"} if rows > 3 else {}
        labels |= {0: f"{frame.top:.3g}", rows - 1: f"{frame.bottom:.3g}"}
        margin = max(map(len, labels.values())) + 2
        wall = "|" if self._glyphs.ascii_only else "│"
        axis = self.get_component_rich_style(f"{PART}axis")
        styles = [self.get_component_rich_style(f"{PART}{name}") for name in ("first", "second", "third")]
        plot = draw(self._series, frame, width - margin, rows, ascii_only=self._glyphs.ascii_only)
        lines = []
        for number, row in enumerate(plot):
            label = labels.get(number, "").rjust(margin - 2)
            segments = [Segment(f"{label} {wall}", axis)]
            segments += _runs(row, styles, self.rich_style)
            lines.append(Strip(segments, width))
        lines.append(self._x_axis(width, margin, frame.left, frame.right, axis, styles))
        return lines

    def _x_axis(
        self, width: int, margin: int, left: float, right: float, axis: Style, styles: Sequence[Style]
    ) -> Strip:
        start, end = f"{left:g}", f"{self._x_name} {right:,.0f}"
        room = width - margin - len(start) - len(end) - 2
        names: list[Segment] = []
        used = 0
        for number, one in enumerate(self._series[: len(styles)]):
            mark = "*+o"[number] if self._glyphs.ascii_only else "⣿⡇⠅"[number]
            name = f"{mark} {one.name}"[: max(0, room - used - 2)]
            names.append(Segment(f"{name}  ", styles[number]))
            used += len(name) + 2
        before = max(0, (room - used) // 2)
        gap = max(0, room - used - before)
        return Strip(
            [
                Segment(f"{' ' * margin}{start} {' ' * before}", axis),
                *names,
                Segment(f"{' ' * gap} {end}", axis),
            ]
        ).adjust_cell_length(width, self.rich_style)


def _runs(row: Sequence[tuple[str, int | None]], styles: Sequence[Style], empty: Style) -> list[Segment]:
    """Adjacent cells of one curve as one segment."""
    segments = []
    start = 0
    for end in range(1, len(row) + 1):
        if end == len(row) or row[end][1] != row[start][1]:
            owner = row[start][1]
            text = "".join(character for character, _ in row[start:end])
            segments.append(Segment(text, empty if owner is None else styles[owner % len(styles)]))
            start = end
    return segments
