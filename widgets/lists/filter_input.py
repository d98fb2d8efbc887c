"""The input line that filters a list while the user types."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from widgets.pane_input import PaneInput


class FilterInput(PaneInput):
    """Hidden until opened; enter returns to the list with the filter on, esc clears the filter."""

    DEFAULT_CSS = """
    FilterInput { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    FilterInput:focus { border: none; }
    FilterInput.-open { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", "Show all", id="filter.clear", tooltip="Show all rows again."),
        Binding(
            "enter,down",
            "leave",
            "To the list",
            key_display="enter",
            id="filter.leave",
            tooltip="Go to the rows that match.",
        ),
    ]

    class Filtered(Message):
        """The filter text has changed; empty for all rows."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The user returns to the list."""

    def __init__(self) -> None:
        super().__init__(placeholder="Show only rows that contain", compact=True, select_on_focus=False)

    def open(self) -> None:
        """Show and focus the line, with its text selected."""
        self.add_class("-open")
        self.focus()
        self.action_select_all()

    def close(self) -> bool:
        """Clear the filter and hide the line; return whether it was open."""
        if not self.has_class("-open"):
            return False
        self.remove_class("-open")
        self.value = ""
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Filtered(self.value.strip().casefold()))

    def action_clear_filter(self) -> None:
        self.close()
        self.post_message(self.Left())

    def action_leave(self) -> None:
        if not self.value:
            self.close()
        self.post_message(self.Left())
