"""A text area that repaints only the lines that have changed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterator
from typing import Self

from textual.geometry import Offset, Region
from textual.widgets import TextArea


class ChangedLinesArea(TextArea):
    """Textual's own draws and writes all visible lines again for each key; one letter usually changes a single line."""

    style_version = 0
    """Counts changes of the styles that lines are drawn with."""
    _drawn_with: Hashable = None
    """What all lines depend on, as of the last refresh."""
    _drawn: tuple[Hashable, ...] = ()
    """What each visible line depends on, as of the last refresh."""

    def row_state(self, row: int) -> Hashable:
        """What the drawing of a row depends on, besides its text and the cursor."""
        return None

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Wait while an undo removes the cursor's line: its scroll bar may disappear before the cursor has moved."""
        if self.cursor_location[0] >= self.document.line_count:
            return Offset(0, 0)
        return super().scroll_cursor_visible(center, animate)

    def notify_style_update(self) -> None:
        self.style_version += 1
        super().notify_style_update()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if regions or layout or recompose or not repaint or not self.is_mounted:
            return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        drawn_with, before = self._all_depend_on(), self._drawn
        drawn = tuple(self._lines_depend_on())
        everything = drawn_with != self._drawn_with or len(drawn) != len(before)
        self._drawn_with, self._drawn = drawn_with, drawn
        if everything:
            return super().refresh()
        width = self.size.width
        changed = [
            Region(0, y, width, 1) for y, (now, then) in enumerate(zip(drawn, before, strict=True)) if now != then
        ]
        return super().refresh(*changed) if changed else self

    def _all_depend_on(self) -> Hashable:
        return (
            self.style_version,
            self.size,
            self.scrollable_content_region,
            self.scroll_offset,
            self.gutter_width,
            self.theme,
            self.has_focus,
            self.read_only,
            self.suggestion,
            bool(self.text),
        )

    def _lines_depend_on(self) -> Iterator[Hashable]:
        """For each visible line, what it shows."""
        lines, wrapped = self.document.lines, self.wrapped_document
        first, last = sorted(self.selection)
        cursor, bracket = self.cursor_location, self._bracket_at_cursor()
        row, column = wrapped.offset_to_location(Offset(0, self.scroll_offset.y))
        section = bisect_right(wrapped.get_offsets(row), column)
        for _ in range(self.size.height):
            if row >= len(lines):
                yield None
                continue
            selected = (first, last) if first != last and first[0] <= row <= last[0] else None
            marks = (
                cursor if row == cursor[0] else None,
                bracket if bracket and row in (bracket[0], cursor[0]) else None,
            )
            yield row, section, lines[row], selected, marks, self.row_state(row)
            section += 1
            if section > len(wrapped.get_offsets(row)):
                row, section = row + 1, 0

    def _bracket_at_cursor(self) -> tuple[int, int] | None:
        """The place of the bracket that belongs to the one under the cursor."""
        row, column = self.cursor_location
        if row >= self.document.line_count:  # while lines are being removed
            return None
        character = self.document.get_line(row)[column : column + 1]
        return self.find_matching_bracket(character, (row, column))
