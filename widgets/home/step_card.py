"""One step of the LAB method: its state in a few lines, in a frame that can be chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from widgets.shell.frames import set_frame


class StepCard(Static, can_focus=True):
    """Shows what it is given; enter or a click opens the step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open_step", "Open", show=False, id="list.open-step", tooltip="Open the step's pane or its job."
        )
    ]

    class Opened(Message):
        """Enter, or a click on the card that has the focus."""

        def __init__(self, card: StepCard) -> None:
            super().__init__()
            self.card = card

        @property
        def control(self) -> StepCard:
            return self.card

    def __init__(self, step: str, title: str) -> None:
        super().__init__("", id=f"step-{step}", markup=False)
        self.step = step
        self._title = title
        self._lines: tuple[Content, ...] = ()
        set_frame(self, title)

    def show(self, lines: Sequence[Content], figures: str = "") -> None:
        """Show these lines; equal ones cost no repaint."""
        set_frame(self, self._title, figures)
        new = tuple(lines)
        if len(new) != len(self._lines) or not all(map(Content.is_same, new, self._lines)):
            self._lines = new
            self.update(Content("\n").join(new))

    def action_open_step(self) -> None:
        self.post_message(self.Opened(self))

    def on_click(self) -> None:
        self.action_open_step()
