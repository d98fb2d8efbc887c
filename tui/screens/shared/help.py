"""The help: what a pane or dialog is for, and all its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class HelpTopic:
    """What a page explains."""

    title: str
    group: str
    """Of the pane's own keys."""
    about: str
    rows: Sequence[KeyRow]


class HelpDialog(Dialog[None]):
    """A page of text; the keys that open it also close it. It is built once, since it is opened often."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q", "close", "Close the help", id="help.close"),
        Binding("down,j", "scroll(1)", show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", show=False, id="help.up"),
        Binding("pagedown,space", "scroll(10)", show=False, id="help.page-down"),
        Binding("pageup", "scroll(-10)", show=False, id="help.page-up"),
    ]

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self.topic = HelpTopic("", "", "", ())
        self._page = VerticalScroll(classes="help frame")
        self._text = Static(id="help-text")
        self._width = 0
        """The columns that the text was laid out for."""

    def compose(self) -> ComposeResult:
        with self._page:
            yield self._text

    def show(self, topic: HelpTopic) -> None:
        """Explain this when the dialog is opened next."""
        self.topic = topic
        self._page.scroll_home(animate=False, immediate=True)
        self._lay_out(min(WIDTH, self.app.size.width) - SIDES)
        self._show_more()

    def on_mount(self) -> None:
        self._page.focus()
        self.watch(self._page, "scroll_y", self._show_more, init=False)

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self._show_more)

    def on_resize(self) -> None:
        width = self._page.scrollable_content_region.width
        if width > 0 and width != self._width:
            self._lay_out(width)
        self.call_after_refresh(self._show_more)

    def _lay_out(self, width: int) -> None:
        """Show the text in lines for the width. With their number as its height it is not wrapped again."""
        self._width = width
        lines = tuple(self._lines(width))
        self._text.styles.height = len(lines)
        self._text.update(Content("\n").join(lines))

    def _show_more(self) -> None:
        """Say in the frame whether there is more below."""
        more = "more below: pgdn" if self._page.scroll_target_y < self._page.max_scroll_y else ""
        set_frame(self._page, f"Help: {self.topic.title}", more)

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        self._page.scroll_relative(y=lines, animate=False)

    def _lines(self, width: int) -> Iterator[Content]:
        """All text, in each group the keys that apply first. A description may continue on the next line."""
        width = max(10, width)
        topic = self.topic
        if topic.about:
            yield from (Content(line) for line in wrap(topic.about, width))
            yield Content("")
        key_width = max((len(row.keys) for row in topic.rows), default=0)
        others = dict.fromkeys(row.group for row in topic.rows if row.group not in GROUPS)
        headings = {topic.group: f"In {topic.title}", **dict.fromkeys(others, f"In {topic.title}"), **GROUPS}
        for group, heading in headings.items():
            rows = sorted((row for row in topic.rows if row.group == group), key=lambda row: not row.applies)
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
