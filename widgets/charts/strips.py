"""Turns spans of text with roles into strips, and shows drawn strips until their values, size or style change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget


def strip_of(spans: Sequence[tuple[str, str | None]], styles: Mapping[str, Style], plain: Style, width: int) -> Strip:
    """One line, cut or padded to the width."""
    segments = [Segment(text, plain if role is None else styles[role]) for text, role in spans]
    return Strip(segments).adjust_cell_length(width, plain)


class DrawnWidget(Widget):
    """A widget whose lines are drawn together and kept; a subclass says how to draw them."""

    _lines: list[Strip] | None = None
    _drawn_for = Size()
    """The size the lines were drawn for; a widget is painted in a new size before its resize event."""

    def redraw(self) -> None:
        """Draw again, since the values changed."""
        self._lines = None
        self.refresh()

    def notify_style_update(self) -> None:
        self._lines = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        if self._lines is None or self._drawn_for != self.size:
            self._lines, self._drawn_for = self.draw_lines(), self.size
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)

    def draw_lines(self) -> list[Strip]:
        """The strips for the present size, from the top."""
        raise NotImplementedError
