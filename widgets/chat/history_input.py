"""The text to send: one line that grows, with a history."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.events import Key
from textual.message import Message
from textual.widgets import TextArea


class HistoryInput(TextArea):
    """Enter sends the text; ctrl+j, or a backslash at the end, begins a new line. Up and down recall earlier texts.

    A digit that would be the first character is left to the workbench, as in every input line.
    """

    DEFAULT_CSS = """
    HistoryInput { height: auto; min-height: 1; max-height: 6; border: none; padding: 0 1; background: transparent; }
    HistoryInput:focus { border: none; }
    HistoryInput .text-area--placeholder { color: $foreground-muted; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Previous", show=False, id="input.previous", tooltip="Recall the previous line."),
        Binding("down", "recall(1)", "Next", show=False, id="input.next", tooltip="Recall the next line."),
        Binding(
            "ctrl+j,shift+enter",
            "break_line",
            "New line",
            show=False,
            id="input.break-line",
            tooltip="Begin a new line; a backslash before enter does the same.",
        ),
    ]

    class Submitted(Message):
        """Enter was pressed."""

        def __init__(self, line: HistoryInput) -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> HistoryInput:
            return self.line

    def __init__(self, placeholder: str, *, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, classes="frame", compact=True, highlight_cursor_line=False)
        self._earlier: list[str] = []
        self._place = 0
        self._draft = ""

    @property
    def value(self) -> str:
        """The text; setting it puts the cursor at its end."""
        return self.text

    @value.setter
    def value(self, text: str) -> None:
        self.text = text
        self.move_cursor(self.document.end)

    def take(self) -> str:
        """Return the text, add it to the history, and clear the line."""
        text = self.value.strip()
        if text and self._earlier[-1:] != [text]:
            self._earlier.append(text)
        self._place = len(self._earlier)
        self.value = ""
        return text

    def check_consume_key(self, key: str, character: str | None = None) -> bool:
        return not self._leaves(character) and super().check_consume_key(key, character)

    def _leaves(self, character: str | None) -> bool:
        return not self.text and character is not None and character.isascii() and character.isdigit()

    def on_key(self, event: Key) -> None:
        if self._leaves(event.character):
            event.prevent_default()  # otherwise the base class inserts it
        elif event.key == "enter":
            event.prevent_default()
            if not self.text:
                return  # what it does then is the pane's
            event.stop()
            row, column = self.cursor_location
            if self.document.get_line(row)[:column].endswith("\\"):
                self.action_delete_left()
                self.action_break_line()
            else:
                self.post_message(self.Submitted(self))

    def action_break_line(self) -> None:
        self._replace_via_keyboard("\n", *self.selection)

    def action_recall(self, step: int) -> None:
        """Move between lines; from the first and the last one, to another text."""
        last = self.document.line_count - 1
        if self.cursor_location[0] != (0 if step < 0 else last):
            (self.action_cursor_up if step < 0 else self.action_cursor_down)()
            return
        place = max(0, min(self._place + step, len(self._earlier)))
        if place == self._place:
            return
        if self._place == len(self._earlier):
            self._draft = self.value
        self._place = place
        self.value = self._draft if place == len(self._earlier) else self._earlier[place]
