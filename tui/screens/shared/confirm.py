"""The dialog that asks for confirmation before something is lost or stopped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import DescendantFocus
from textual.widgets import Button, Static

from tui.screens.shared.dialog import Dialog
from widgets.forms.form_text import key_line
from widgets.glyphs import Glyphs
from widgets.lists.diff_list import DiffList

SHOWN_LINES = 10
"""Lines of a diff that are visible at once."""

MOST_WIDE_VERBS = 3
"""Buttons of more answers are as narrow as their labels."""

OTHER_LINES = 16
"""Lines of the terminal that a diff leaves for everything else."""


class ConfirmDialog(Dialog[str | None]):
    """A question with verbs as answers. Cancel comes first and is what esc does; its result is None.

    Cancel also has the focus, unless nothing can be lost: then enter answers with the first verb.
    """

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True
    """Another pane may be opened; the answer is then Cancel."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer", "Cancel", id="dialog.cancel", tooltip="Change nothing."),
        Binding("left,up", "app.focus_previous", "Previous", show=False, id="dialog.previous"),
        Binding("right,down", "app.focus_next", "Next", show=False, id="dialog.next"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="dialog.page-up"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="dialog.page-down"),
    ]

    def __init__(
        self,
        question: str,
        verbs: Sequence[tuple[str, str]],
        glyphs: Glyphs,
        *,
        detail: str = "",
        diff: Sequence[str] = (),
        cancel: str = "Cancel",
        safe: Collection[str] = (),
    ) -> None:
        """`verbs` holds the result and the label of each answer; `diff` shows what is decided.

        `safe` names the answers that lose and stop nothing.
        """
        super().__init__(glyphs)
        self._question = question
        self._detail = detail
        self._diff = diff
        self._verbs = tuple(verbs)
        self._cancel = cancel
        self._safe = frozenset(safe)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -wide" if self._diff else "dialog"):
            yield Static(self._question, classes="dialog-question", markup=False)
            more = " pageup and pagedown show more." if len(self._diff) > SHOWN_LINES else ""
            if self._detail:
                yield Static(self._detail + more, classes="dialog-detail", markup=False)
            if self._diff:
                yield DiffList(id="confirm-diff")
            many = " -many" if len(self._verbs) > MOST_WIDE_VERBS else ""
            with Horizontal(classes=f"dialog-buttons{many}"):
                yield Button(self._cancel, id="cancel", compact=True)
                for name, label in self._verbs:
                    yield Button(label, id=name, compact=True, variant="default" if name in self._safe else "error")
            yield Static("", id="confirm-keys")

    def on_mount(self) -> None:
        names = [name for name, _ in self._verbs]
        self.query_one(f"#{names[0] if self._safe.issuperset(names) else 'cancel'}", Button).focus()
        for lines in self.query(DiffList):
            lines.show(self._diff)
            lines.styles.height = max(1, min(len(self._diff), SHOWN_LINES, self.app.size.height - OTHER_LINES))

    @on(DescendantFocus)
    def _show_keys(self) -> None:
        if not isinstance(self.focused, Button):
            return
        line = self.query_one("#confirm-keys", Static)
        keys = (("enter", str(self.focused.label)), ("tab", "next"), ("esc", self._cancel))
        line.update(key_line(keys, line.size.width))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(None if event.button.id == "cancel" else event.button.id)

    def action_page(self, pages: int) -> None:
        for lines in self.query(DiffList):
            lines.action_move_page(pages)

    def action_answer(self) -> None:
        self.dismiss(None)
