"""An input line with a history."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from widgets.pane_input import PaneInput


class HistoryInput(PaneInput):
    """Up and down recall earlier lines; the unfinished line comes back at the end."""

    DEFAULT_CSS = """
    HistoryInput { height: 1; border: none; padding: 0 1; background: $panel; }
    HistoryInput:focus { border: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Previous", show=False, id="input.previous", tooltip="Recall the previous line."),
        Binding("down", "recall(1)", "Next", show=False, id="input.next", tooltip="Recall the next line."),
    ]

    def __init__(self, placeholder: str, *, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self._earlier: list[str] = []
        self._place = 0
        self._draft = ""

    def take(self) -> str:
        """Return the text, add it to the history, and clear the line."""
        text = self.value.strip()
        if text and self._earlier[-1:] != [text]:
            self._earlier.append(text)
        self._place = len(self._earlier)
        self.value = ""
        return text

    def action_recall(self, step: int) -> None:
        place = max(0, min(self._place + step, len(self._earlier)))
        if place == self._place:
            return
        if self._place == len(self._earlier):
            self._draft = self.value
        self._place = place
        self.value = self._draft if place == len(self._earlier) else self._earlier[place]
        self.cursor_position = len(self.value)
