"""The lists of the Train pane, with the keys that they have in addition to those of every list."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.lists.row_list import RowList


class RunList(RowList):
    """The trainings, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select_row", "Show", id="train.show-run", tooltip="Show this training."),
        Binding(
            "space",
            "mark_run",
            "Mark",
            id="train.mark-run",
            tooltip="Draw this training over the charts of the one that is shown, or no longer; four at most.",
        ),
    ]

    class Marked(Message):
        """Space was pressed on a row."""

        def __init__(self, key: Hashable) -> None:
            super().__init__()
            self.key = key

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide the keys of rows while there are none."""
        return self.cursor_key is not None or action not in ("select_row", "mark_run")

    def action_mark_run(self) -> None:
        if self.cursor_key is not None:
            self.post_message(self.Marked(self.cursor_key))


class CheckpointList(RowList):
    """The checkpoints of the training that is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_row",
            "Use",
            id="train.use-checkpoint",
            tooltip="Serve or evaluate this checkpoint, chat with it, or copy its path.",
        ),
    ]
