"""The help: what the pane is for, and all keys that work in it now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from widgets.glyphs import Glyphs

GROUPS = {
    "list": "In lists",
    "tree": "In the tree",
    "editor": "In the editor",
    "view": "Everywhere",
}
"""Headings by the first part of a binding's id; a pane's own keys stand first under its title."""


class HelpDialog(ModalScreen[None]):
    """A page of text; any of the keys that open it closes it, too."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,q", "close", "Close the help", id="help.close"),
        Binding("down,j", "scroll(1)", show=False, id="help.down"),
        Binding("up,k", "scroll(-1)", show=False, id="help.up"),
        Binding("pagedown,space", "scroll(10)", show=False, id="help.page-down"),
        Binding("pageup", "scroll(-10)", show=False, id="help.page-up"),
    ]

    def __init__(
        self, title: str, name: str, about: str, keys: Iterable[tuple[str, ActiveBinding]], glyphs: Glyphs
    ) -> None:
        """`keys` holds the key as it is written, and its binding."""
        super().__init__()
        self._title = title
        self._about = about
        self._keys = list(keys)
        self._pane_name = name
        self.set_class(glyphs.ascii_only, "-ascii")

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="help"):
            yield Static(Content.styled(self._title, "bold $text-primary"))
            yield Static(self._about + "\n", markup=False)
            yield Static(Content("\n").join(self._key_lines()))
            yield Static(
                Content.styled("\nHold shift to select text with the mouse. esc closes this page.", "$foreground-muted")
            )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _key_lines(self) -> list[Content]:
        grouped: dict[str, dict[str, tuple[list[str], Binding]]] = {}
        for key, active in self._keys:
            binding = active.binding
            if not binding.id or not binding.description:
                continue
            group = binding.id.partition(".")[0]
            keys, _ = grouped.setdefault(group, {}).setdefault(binding.id, ([], binding))
            if key not in keys:
                keys.append(key)
        headings = {self._pane_name: f"In {self._title}", **GROUPS}
        lines: list[Content] = []
        for group, heading in headings.items():
            if group not in grouped:
                continue
            lines.append(Content.styled(heading, "bold"))
            for keys, binding in grouped[group].values():
                told = binding.tooltip or binding.description
                lines.append(Content.assemble((f"  {', '.join(keys):<12} ", "$text-primary"), told))
            lines.append(Content(""))
        return lines[:-1]
