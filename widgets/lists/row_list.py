"""A list of one-line rows with a cursor that stays on its row when others are added or removed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

PART = "row-list--"


@dataclass(frozen=True)
class Row:
    """A row: its key, the data it depends on, and a function that draws it for a width."""

    key: Hashable
    shows: Hashable
    """Everything the drawing depends on; only rows for which it changes are drawn again."""
    draw: Callable[[int], Content]


class RowList(ScrollView, can_focus=True):
    """Draws only the visible rows, so the cost does not grow with the number of rows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{PART}cursor", f"{PART}cursor-blurred", f"{PART}empty"}

    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        .row-list--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
        .row-list--cursor-blurred { background: $block-cursor-blurred-background; text-style: bold; }
        .row-list--empty { color: $foreground-muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move_cursor(-1)", "Up", show=False, id="list.up", tooltip="Go one row up."),
        Binding("down,j", "move_cursor(1)", "Down", show=False, id="list.down", tooltip="Go one row down."),
        Binding("pageup", "move_page(-1)", "Page up", show=False, id="list.page-up", tooltip="Go one page up."),
        Binding("pagedown", "move_page(1)", "Page down", show=False, id="list.page-down", tooltip="Go one page down."),
        Binding("home", "move_to(0)", "First", show=False, id="list.first", tooltip="Go to the first row."),
        Binding("end,G", "move_to(-1)", "Last", show=False, id="list.last", tooltip="Go to the last row."),
        Binding("enter", "select_row", "Open", show=False, id="list.select", tooltip="Open the row."),
    ]

    class AtRow(Message):
        """A message about the row under the cursor."""

        def __init__(self, row_list: RowList, key: Hashable) -> None:
            super().__init__()
            self.row_list = row_list
            self.key = key

        @property
        def control(self) -> RowList:
            return self.row_list

    class Moved(AtRow):
        """The cursor is on another row; the key is None if there are no rows."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, RowList.Moved)

    class Opened(AtRow):
        """Enter, or a click on the row under the cursor."""

    def __init__(self, empty: str = "", *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._rows: tuple[Row, ...] = ()
        self._cursor = 0
        self._empty = empty

    @property
    def cursor_key(self) -> Hashable | None:
        """The key of the row under the cursor."""
        return self._rows[self._cursor].key if self._rows else None

    def set_rows(self, rows: Sequence[Row], empty: str | None = None) -> None:
        """Show these rows. The cursor stays on its key, or else near its position."""
        old, before = self._rows, self.cursor_key
        self._rows = tuple(rows)
        if empty is not None:
            self._empty = empty
        keys = [row.key for row in rows]
        if keys and keys == [row.key for row in old]:
            for number, (now, then) in enumerate(zip(rows, old, strict=True)):
                if now.shows != then.shows:
                    self.refresh_line(number)
            return
        self._cursor = keys.index(before) if before in keys else max(0, min(self._cursor, len(rows) - 1))
        self.virtual_size = Size(0, len(rows))
        self.refresh()
        if self.cursor_key != before:
            self._show_cursor()

    def move_to_key(self, key: Hashable) -> None:
        """Move the cursor to a row, if it exists."""
        for number, row in enumerate(self._rows):
            if row.key == key:
                self.action_move_to(number)

    def action_move_cursor(self, by: int) -> None:
        self._go(self._cursor + by)

    def action_move_page(self, pages: int) -> None:
        self._go(self._cursor + pages * max(1, self.size.height - 1))

    def action_move_to(self, number: int) -> None:
        self._go(number if number >= 0 else len(self._rows) + number)

    def action_select_row(self) -> None:
        if self._rows:
            self.post_message(self.Opened(self, self._rows[self._cursor].key))

    def on_click(self, event: events.Click) -> None:
        number = event.y + self.scroll_offset.y
        if 0 <= number < len(self._rows):
            again = number == self._cursor
            self._go(number)
            if again:
                self.action_select_row()

    def _go(self, number: int) -> None:
        target = max(0, min(number, len(self._rows) - 1))
        if self._rows and target != self._cursor:
            self._cursor = target
            self._show_cursor()
            self.refresh()

    def _show_cursor(self) -> None:
        self.scroll_to_region(Region(0, self._cursor, 1, 1), animate=False, force=True)
        self.post_message(self.Moved(self, self.cursor_key))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        number = y + self.scroll_offset.y
        if number >= len(self._rows):
            lines = wrap(self._empty, max(1, width - 1)) if not self._rows else []
            content = Content(f" {lines[y]}" if y < len(lines) else "")
            style = self.get_visual_style(f"{PART}empty")
        else:
            content = self._rows[number].draw(width)
            style = self.visual_style
            if number == self._cursor:
                style = self.get_visual_style(f"{PART}cursor" if self.has_focus else f"{PART}cursor-blurred")
        strips = Visual.to_strips(self, content, width, 1, style, pad=True)
        return strips[0] if strips else Strip.blank(width, self.rich_style)
