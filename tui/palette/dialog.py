"""The palette's dialog: an input line, and one line for each entry that matches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import ClassVar

from textual import events, getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from core.fuzzy import search
from tui.input_queue import MOVES_FOCUS
from tui.palette.entry import Entry
from tui.screens.shared.dialog import Dialog
from widgets.glyphs import Glyphs
from widgets.line_input import LineInput
from widgets.lists.row_list import Row, RowList
from widgets.shell.frames import set_frame
from widgets.text_width import cut, fit

NAME_SHARE = 0.46
"""Part of a line that is kept for the name."""

HELP_CELLS = 16
"""Cells that a long name leaves for key and help."""


class EntryList(RowList, can_focus=False):
    """The focus stays in the input line; a click runs an entry."""

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()  # otherwise the first click would only move the cursor
        number = event.y + self.scroll_offset.y
        self.action_move_to(number)
        self.action_select_row()


class PaletteDialog(Dialog[Entry | None]):
    """Returns the chosen entry. Entries that are read later are added while it is open."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True
    """Another pane may be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="dialog.close", tooltip="Close; nothing is run."),
        Binding("up", "move(-1)", "Up", show=False, id="dialog.up", tooltip="Go one line up."),
        Binding("down", "move(1)", "Down", show=False, id="dialog.down", tooltip="Go one line down."),
        Binding("pageup", "page(-1)", "Page up", show=False, id="dialog.page-up", tooltip="Go one page up."),
        Binding("pagedown", "page(1)", "Page down", show=False, id="dialog.page-down", tooltip="Go one page down."),
    ]

    line = getters.query_one("#palette-line", Input)
    rows = getters.query_one("#palette-rows", EntryList)

    def __init__(self, entries: Sequence[Entry], glyphs: Glyphs, *, reading: bool) -> None:
        """`reading` is whether more entries will come."""
        super().__init__(glyphs)
        self._entries = tuple(entries)
        self._reading = reading

    def compose(self) -> ComposeResult:
        with Vertical(id="palette", classes="frame"):
            yield LineInput(placeholder="Type any part of a name", id="palette-line", compact=True)
            yield EntryList("Nothing has this name.", id="palette-rows")

    def on_mount(self) -> None:
        self.line.focus()
        self._search()

    def set_entries(self, entries: Sequence[Entry]) -> None:
        """Replace the entries, after all have been read."""
        self._entries, self._reading = tuple(entries), False
        if self.is_mounted:
            self._search(keep_cursor=True)

    @on(Input.Changed)
    def _search_text(self) -> None:
        self._search()

    @work(group=MOVES_FOCUS, exclusive=True, exit_on_error=False)
    async def _search(self, *, keep_cursor: bool = False) -> None:
        """Show what matches; enter waits for it, so that it runs what was typed before."""
        query, entries = self.line.value, self._entries
        found = await asyncio.to_thread(search, query, [entry.name for entry in entries])
        rows = [
            Row(number, (entries[number], matched.positions), partial(self._draw, entries[number], matched.positions))
            for number, matched in found
        ]
        self.rows.set_rows(rows)
        if not keep_cursor:
            self.rows.action_move_to(0)
        more = f", reading{self._glyphs.ellipsis}" if self._reading else ""
        set_frame(self.query_one("#palette"), "Commands", f"{len(found):,} of {len(entries):,}{more}")

    def _draw(self, entry: Entry, positions: Sequence[int], width: int) -> Content:
        room = max(int(width * NAME_SHARE), min(len(entry.name) + 2, width - HELP_CELLS))
        name = fit(entry.name, room - 1, self._glyphs)
        shown = Content(name)
        for position in positions:
            if position < len(name) and name[position] == entry.name[position]:
                shown = shown.stylize("bold underline $text-primary", position, position + 1)
        if not entry.available:
            shown = shown.stylize_before("$foreground-muted")
        keys = f"{entry.key:<6} " if width >= 60 else ""
        state = "" if entry.available else "not now: "
        text = cut(f"{state}{entry.help}", max(0, width - room - len(keys) - 1), self._glyphs)
        return Content.assemble(" ", shown, (keys, "$text-primary"), (text, "$foreground-muted"))

    def action_move(self, by: int) -> None:
        self.rows.action_move_cursor(by)

    def action_page(self, pages: int) -> None:
        self.rows.action_move_page(pages)

    @on(Input.Submitted)
    def _choose(self) -> None:
        self.rows.action_select_row()

    def on_row_list_opened(self, message: RowList.Opened) -> None:
        if isinstance(message.key, int):
            self.dismiss(self._entries[message.key])

    def action_close(self) -> None:
        self.dismiss(None)
