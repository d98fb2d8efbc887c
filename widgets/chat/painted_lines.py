"""Lines on the screen that scroll, of which one part may be marked and another selected with the mouse."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from widgets.glyphs import Glyphs
from widgets.shell.frames import Framed


class PaintedLines(ScrollView, Framed):
    """Paints the visible lines of `_strips`, and each only once while it stays the same."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._glyphs = glyphs
        self._strips: list[Strip] = []
        self._plain = Style()
        self._painted_width = 0
        self._painted: dict[int, tuple[Strip, Strip]] = {}
        """Each line that was painted, by its number: Textual caches what it computes in the objects themselves."""

    def is_marked(self, number: int) -> bool:
        """Whether a line has the mark at its left."""
        raise NotImplementedError

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        return selection.extract("\n".join(strip.text.rstrip() for strip in self._strips)), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        plain, width = self.rich_style, self.scrollable_content_region.width
        if (plain, width) != (self._plain, self._painted_width):
            self._plain, self._painted_width = plain, width
            self._painted.clear()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        number = self.scroll_offset.y + y
        if number >= len(self._strips):
            return Strip.blank(self._painted_width, self._plain)
        strip = self._strips[number]
        if self.text_selection is not None or self.is_marked(number):
            return self._paint(self._with_marks(strip, number), number)
        drawn, painted = self._painted.get(number, (None, None))
        if painted is None or drawn is not strip:
            painted = self._paint(strip, number)
            self._painted[number] = strip, painted
        return painted

    def _paint(self, strip: Strip, number: int) -> Strip:
        """The line in the whole width, with the background also where nothing was drawn."""
        line = strip.apply_style(self._plain).adjust_cell_length(self._painted_width, self._plain)
        return line.apply_offsets(0, number)

    def _with_marks(self, strip: Strip, number: int) -> Strip:
        """The line with the mark of its turn and with its selected part."""
        if self.is_marked(number):
            style = self._plain + self.get_component_rich_style("conversation--mark", partial=True)
            strip = Strip([Segment(">" if self._glyphs.ascii_only else "▌", style), *strip.crop(1)])
        selected = self.text_selection.get_span(number) if self.text_selection is not None else None
        if selected is None:
            return strip
        start, end = selected[0], strip.cell_length if selected[1] == -1 else selected[1]
        mark = self.screen.get_component_rich_style("screen--selection")
        return Strip.join([strip.crop(0, start), strip.crop(start, end).apply_style(mark), strip.crop(end)])
