"""A line to type in that remembers what was typed before."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class HistoryInput(Input):
    """Up and down go through earlier lines; what was being typed comes back at the end."""

    DEFAULT_CSS = """
    HistoryInput { height: 1; border: none; padding: 0 1; background: $panel; }
    HistoryInput:focus { border: none; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Before", show=False, id="input.before", tooltip="The line typed before."),
        Binding("down", "recall(1)", "Next", show=False, id="input.next", tooltip="The line typed after."),
    ]

    def __init__(self, placeholder: str, *, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, compact=True, select_on_focus=False)
        self._earlier: list[str] = []
        self._place = 0
        self._draft = ""

    def take(self) -> str:
        """What stands in the line; it is remembered, and the line is empty."""
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
