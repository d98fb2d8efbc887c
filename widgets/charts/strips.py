"""Turns spans of text with roles into strips, and shows drawn strips until their values, size or style change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


def strip_of(spans: Sequence[tuple[str, str | None]], styles: Mapping[str, Style], plain: Style, width: int) -> Strip:
    """One line, cut or padded to the width."""
    segments = [Segment(text, plain if role is None else styles[role]) for text, role in spans]
    return Strip(segments).adjust_cell_length(width, plain)


def changed_span(old: Strip, new: Strip) -> tuple[int, int]:
    """The first cell in which two lines differ, and the end of the last one; equal numbers if they do not differ."""
    if old == new:
        return 0, 0
    before, after = _cells(old), _cells(new)
    if len(before) != len(after) or len(after) != new.cell_length:  # there are wide characters
        return 0, max(old.cell_length, new.cell_length)
    differing = [place for place, (one, other) in enumerate(zip(before, after, strict=True)) if one != other]
    return (differing[0], differing[-1] + 1) if differing else (0, 0)


def _cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, segment.style) for segment in strip for character in segment.text]


class DrawnWidget(Widget):
    """A widget whose lines are drawn together and kept; a subclass says how to draw them."""

    _lines: list[Strip] | None = None
    _drawn_for = Size()
    """The size the lines were drawn for; a widget is painted in a new size before its resize event."""

    def redraw(self) -> None:
        """Draw again, since the values changed; only the part of each line that differs is painted.

        One part, since Textual paints a line from its start for each.
        """
        before = self._lines
        if before is None or self._drawn_for != self.size:
            self._lines = None
            self.refresh()
            return
        self._lines = self.draw_lines()
        if len(before) != len(self._lines):
            self.refresh()
            return
        spans = (changed_span(old, new) for old, new in zip(before, self._lines, strict=True))
        changed = [Region(start, row, end - start, 1) for row, (start, end) in enumerate(spans) if end > start]
        if changed:
            self.refresh(*changed)

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
