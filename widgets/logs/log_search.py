"""The input line that finds a text in a log while the user types."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from widgets.lists.filter_input import FilterInput


class LogSearch(FilterInput):
    """Like a filter, but all lines stay; enter returns to the log, and n and N go from match to match."""

    DIGITS_SWITCH_PANES: ClassVar[bool] = False  # steps and losses are what a log is searched for

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear_filter", "End search", id="log-search.clear", tooltip="End the search."),
        Binding(
            "enter,down",
            "leave",
            "To the log",
            key_display="enter",
            id="log-search.leave",
            tooltip="Go to the log; n and N go to the next and previous match.",
        ),
    ]

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__()
        self.id = id
        self.placeholder = "Find in the log"
