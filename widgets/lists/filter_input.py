"""The line in which a list is filtered as one types."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input


class FilterInput(Input):
    """Hidden until it is asked for; enter goes back to the list with the filter on, esc takes the filter away."""

    DEFAULT_CSS = """
    FilterInput { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    FilterInput:focus { border: none; }
    FilterInput.-open { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", "No filter", id="filter.clear", tooltip="Show all rows again."),
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
        """The text to look for has changed; empty for all rows."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """The user goes back to the list."""

    def __init__(self) -> None:
        super().__init__(placeholder="Show only rows that contain", compact=True, select_on_focus=False)

    def open(self) -> None:
        """Show the line and type into it; what stands there is replaced by the first key."""
        self.add_class("-open")
        self.focus()
        self.action_select_all()

    def close(self) -> bool:
        """Take the filter away and hide; whether there was anything to close."""
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
