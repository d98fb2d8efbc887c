"""The help: what a pane or dialog is for, and all its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.shared.dialog import Dialog
from tui.screens.shared.help_keys import KeyRow
from widgets.glyphs import Glyphs
from widgets.shell.frames import set_frame

GROUPS = {
    "list": "In lists",
    "tree": "In the tree",
    "editor": "In the editor",
    "text": "In the text",
    "document": "In the documents",
    "log": "In the log",
    "log-search": "In the search line",
    "filter": "In the filter",
    "input": "In the input line",
    "step": "Steps of the method",
    "view": "Everywhere",
}
"""Headings by the first part of a binding's id; a pane's own keys come first, under its title."""

WIDTH = 84
"""Of the page, as in the style sheet."""

SIDES = 7
"""Columns of the page that are no text: border, padding and scroll bar."""

NOT_NOW = "(not now)"
"""Marks keys that do not apply; they are grey, too."""

UNBROKEN = "\xa0"

CLOSING = (
    "alt and a digit show a pane also while text is typed. Drag over text and press ctrl+c to copy it; "
    "hold shift while dragging to select with the terminal instead. esc closes this page."
)


class HelpDialog(Dialog[None]):
    """A page of text; the keys that open it also close it."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q", "close", "Close the help", id="help.close"),
        Binding("down,j", "scroll(1)", show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", show=False, id="help.up"),
        Binding("pagedown,space", "scroll(10)", show=False, id="help.page-down"),
        Binding("pageup", "scroll(-10)", show=False, id="help.page-up"),
    ]

    def __init__(self, title: str, name: str, about: str, rows: Sequence[KeyRow], glyphs: Glyphs) -> None:
        """`name` is the group of the pane's own keys."""
        super().__init__(glyphs)
        self._title = title
        self._about = about
        self._rows = rows
        self._pane_name = name
        self._width = 0
        """The columns that the text was laid out for."""

    def compose(self) -> ComposeResult:
        self._width = min(WIDTH, self.app.size.width) - SIDES
        page = VerticalScroll(classes="help")
        set_frame(page, f"Help: {self._title}")
        with page:
            yield self._laid_out(Static(id="help-text"))

    def on_mount(self) -> None:
        page = self.query_one(VerticalScroll)
        page.focus()
        self.watch(page, "scroll_y", self._show_more, init=False)
        self.call_after_refresh(self._show_more)

    def on_resize(self) -> None:
        width = self.query_one(VerticalScroll).scrollable_content_region.width
        if width > 0 and width != self._width:
            self._width = width
            self._laid_out(self.query_one("#help-text", Static))
        self.call_after_refresh(self._show_more)

    def _laid_out(self, page: Static) -> Static:
        """Show the text in lines for the width. With their number as its height it is not wrapped again."""
        lines = tuple(self._lines(self._width))
        page.styles.height = len(lines)
        page.update(Content("\n").join(lines))
        return page

    def _show_more(self) -> None:
        """Say in the frame whether there is more below."""
        page = self.query_one(VerticalScroll)
        more = "more below: pgdn" if page.scroll_target_y < page.max_scroll_y else ""
        set_frame(page, f"Help: {self._title}", more)

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _lines(self, width: int) -> Iterator[Content]:
        """All text, in each group the keys that apply first. A description may continue on the next line."""
        width = max(10, width)
        if self._about:
            yield from (Content(line) for line in wrap(self._about, width))
            yield Content("")
        key_width = max((len(row.keys) for row in self._rows), default=0)
        others = dict.fromkeys(row.group for row in self._rows if row.group not in GROUPS)
        headings = {self._pane_name: f"In {self._title}", **dict.fromkeys(others, f"In {self._title}"), **GROUPS}
        for group, heading in headings.items():
            rows = sorted((row for row in self._rows if row.group == group), key=lambda row: not row.applies)
            if not rows:
                continue
            yield Content.styled(heading, "bold")
            for row in rows:
                text = row.text if row.applies else f"{row.text} {NOT_NOW.replace(' ', UNBROKEN)}"
                lines = wrap(text, max(20, width - key_width - 4))
                first, *rest = (line.replace(UNBROKEN, " ") for line in lines)
                style = "$foreground" if row.applies else "$foreground-muted"
                key_style = "$text-primary" if row.applies else "$foreground-muted"
                yield Content.assemble((f"  {row.keys:<{key_width}}  ", key_style), (first, style))
                yield from (Content.styled(" " * (key_width + 4) + line, style) for line in rest)
            yield Content("")
        yield from (Content.styled(line, "$foreground-muted") for line in wrap(CLOSING, width))
