"""An input line in which digits switch panes as long as it is empty."""

from __future__ import annotations

from typing import ClassVar

from textual.events import Key

from widgets.line_input import LineInput


class PaneInput(LineInput):
    """A digit that would be the first character is left to the workbench, which opens the pane with that key.

    A line that has to begin with a digit begins with a space instead. alt and a digit switch panes at any time.
    """

    DIGITS_SWITCH_PANES: ClassVar[bool] = True
    """False for a line that often begins with a digit."""

    def _leaves(self, character: str | None) -> bool:
        return (
            self.DIGITS_SWITCH_PANES
            and not self.value
            and character is not None
            and character.isascii()
            and character.isdigit()
        )

    def check_consume_key(self, key: str, character: str | None) -> bool:
        return not self._leaves(character) and super().check_consume_key(key, character)

    def on_key(self, event: Key) -> None:
        if self._leaves(event.character):
            event.prevent_default()  # otherwise the base class inserts it
