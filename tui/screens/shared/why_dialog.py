"""The dialog that shows what the training data says about a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.printable import printable
from core.sdg.datasets.taught import Taught
from tui.screens.shared.dialog import Dialog
from widgets.forms.form_text import key_line
from widgets.glyphs import Glyphs
from widgets.shell.frames import set_frame


class WhyDialog(Dialog[Taught | None]):
    """Lists the nearest records; its result is the one to write a seed example for."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True
    """Another pane may be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", id="dialog.close", tooltip="Back to the questions."),
        Binding(
            "i", "write", "Write", id="dialog.write", tooltip="Write a seed example in the leaf of the first record."
        ),
    ]

    def __init__(self, question: str, found: Sequence[Taught], glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._question = question
        self._found = tuple(found)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", id="why-dialog"):
            yield Static(Content.styled(printable(self._question), "bold"))
            keys = [("i", "write a seed example in this leaf")] if self._leaf else []
            yield Static(key_line([*keys, ("esc", "close")], 0), classes="dialog-detail")
            if not self._found:
                yield Static("Nothing was taught about it: no record of the training data shares a word with it.")
            for number, one in enumerate(self._found, 1):
                yield Static(Content.styled(f"{number}. {printable(one.question)}", "bold"), classes="why-record")
                for name, text in _fields(one):
                    with Horizontal(classes="why-field"):
                        yield Static(name, classes="why-name")
                        yield Static(Content(printable(text)), classes="why-text")

    def on_mount(self) -> None:
        scroll = self.query_one(VerticalScroll)
        set_frame(scroll, "what was taught")
        scroll.focus()

    @property
    def _leaf(self) -> Taught | None:
        return next((one for one in self._found if one.leaf), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "write" or self._leaf is not None

    def action_close(self) -> None:
        self.dismiss(None)

    def action_write(self) -> None:
        self.dismiss(self._leaf)


def _fields(one: Taught) -> list[tuple[str, str]]:
    fields = [
        ("answer", one.answer),
        ("leaf", one.leaf),
        ("passage", one.passage),
        ("record", f"{one.file}, line {one.line:,}"),
        ("missing", ", ".join(one.missing)),
    ]
    return [(name, text) for name, text in fields if text]
