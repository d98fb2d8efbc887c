"""The findings at one place in full: message, hint, rule, and what fixes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from core.taxonomy.format.attribution import ATTRIBUTION_CODES
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.repair.fix import fixable_alone
from tui.context import Context
from tui.screens.shared.dialog import Dialog
from widgets.glyphs import Glyphs
from widgets.leaf.problem_text import sign_of


class ProblemDialog(Dialog[None]):
    """Shows findings; any of the closing keys returns to the text."""

    CSS_PATH = "dialogs.tcss"
    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True
    """Another pane may be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,f10", "close", "Close", id="problem.close", tooltip="Return to the text."),
    ]

    def __init__(self, context: Context, found: Sequence[Diagnostic]) -> None:
        super().__init__(context.glyphs)
        self.context = context
        self._found = tuple(found)

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", id="problem-dialog"):
            texts = [_explanation(found, self._glyphs) for found in self._found]
            yield Static(Content("\n\n").join(texts))
            yield Static(Content.assemble(("esc", "$text-primary"), " close"), classes="dialog-detail")

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss()


def _explanation(found: Diagnostic, glyphs: Glyphs) -> Content:
    sign, style = sign_of(found, glyphs)
    severity = "to write" if found.gap else found.severity
    parts = [
        Content.assemble(
            (f"{sign} {severity}", style), (f"  line {found.line}, rule {found.code}", "$foreground-muted")
        ),
        Content(found.message),
    ]
    if found.hint:
        parts.append(Content.styled(found.hint, "$foreground-muted"))
    if found.parser_message:
        parts.append(Content.styled(f"The YAML parser says: {found.parser_message}", "$foreground-muted"))
    if fixable_alone(found):
        parts.append(Content.styled("F7 fixes it.", "$text-primary"))
    elif found.code in ATTRIBUTION_CODES:
        parts.append(Content.styled("F7 opens attribution.txt.", "$text-primary"))
    return Content("\n").join(parts)
