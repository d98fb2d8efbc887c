"""One step of the LAB method: its state in a few lines, in a frame that can be chosen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from core.overview.model import Step, StepName
from widgets.glyphs import Glyphs
from widgets.home.framed_lines import FramedLines
from widgets.home.step_text import step_lines

Shown = tuple[Step, float | None]
"""A step, and how much of its running stage is done."""


class StepCard(FramedLines[Shown], can_focus=True):
    """Enter or a click opens the step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "open_step", "Open", id="list.open-step", tooltip="Open the step's pane, or the job that runs."
        ),
    ]

    class Opened(Message):
        """Enter, or a click on the card."""

        def __init__(self, card: StepCard) -> None:
            super().__init__()
            self.card = card

        @property
        def control(self) -> StepCard:
            return self.card

    def __init__(self, name: StepName, title: str, glyphs: Glyphs) -> None:
        super().__init__(
            title, lambda shown, width, height: step_lines(*shown, width, height, glyphs), id=f"step-{name}"
        )
        self.step_name = name

    def show_step(self, step: Step, share: float | None) -> None:
        """Show the state of the step; its frame has the state's colour."""
        self.set_class(step.state == "running", "-running")
        self.set_class(step.state == "done", "-done")
        self.set_class(step.state == "failed", "-failed")
        self.show((step, share))

    def action_open_step(self) -> None:
        self.post_message(self.Opened(self))

    def on_click(self) -> None:
        self.action_open_step()
