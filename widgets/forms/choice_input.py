"""A value that is chosen from a few words with the keys left and right, or space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ChoiceInput(Widget, can_focus=True):
    """Shows one word between arrows."""

    DEFAULT_CSS = """
    ChoiceInput { height: 1; width: 1fr; background: $surface; }
    ChoiceInput:focus { background: $block-cursor-blurred-background; text-style: bold; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,space", "choose(1)", "Change", id="input.next-value", tooltip="Take the next value."),
        Binding("left", "choose(-1)", show=False, id="input.previous-value", tooltip="Take the value before."),
    ]

    value = reactive("")

    class Changed(Message):
        """Another word was chosen."""

        def __init__(self, choice: ChoiceInput) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, choices: Sequence[str], value: str, *, ascii_only: bool, nothing: str = "none") -> None:
        """`nothing` is shown for the empty word."""
        super().__init__()
        self._choices = tuple(choices)
        self._arrows = ("<", ">") if ascii_only else ("◂", "▸")
        self._nothing = nothing
        self.set_reactive(ChoiceInput.value, value)

    def render(self) -> Content:
        left, right = self._arrows
        return Content.assemble(
            (f"{left} ", "$foreground-muted"), self.value or self._nothing, (f" {right}", "$foreground-muted")
        )

    def action_choose(self, step: int) -> None:
        at = self._choices.index(self.value) if self.value in self._choices else -1
        self.value = self._choices[(at + step) % len(self._choices)]
        self.post_message(self.Changed(self))

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.action_choose(1)
