"""The help: what the pane is for, and all keys that are active in it."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.screens.shared.dialog import Dialog
from widgets.glyphs import Glyphs

GROUPS = {
    "list": "In lists",
    "tree": "In the tree",
    "editor": "In the editor",
    "text": "In the text",
    "step": "Steps of the method",
    "view": "Everywhere",
}
"""Headings by the first part of a binding's id; a pane's own keys come first, under its title."""


class HelpDialog(Dialog[None]):
    """A page of text; the keys that open it also close it."""

    CLOSES_WITHOUT_LOSS: ClassVar[bool] = True
    """Another pane may be opened."""

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
        """`keys` holds each key as it is displayed, and its binding."""
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
            yield Static("", id="help-keys")
            yield Static(
                Content.styled("\nHold shift to select text with the mouse. esc closes this page.", "$foreground-muted")
            )

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def on_resize(self) -> None:
        """A description that does not fit next to its key continues on the next line."""
        page = self.query_one(VerticalScroll)
        self.call_after_refresh(lambda: self._show_keys(page.scrollable_content_region.width))

    def _show_keys(self, width: int) -> None:
        self.query_one("#help-keys", Static).update(Content("\n").join(self._key_lines(width)))

    def action_close(self) -> None:
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)

    def _key_lines(self, width: int) -> list[Content]:
        grouped: dict[str, dict[str, tuple[list[str], Binding]]] = {}
        for key, active in self._keys:
            binding = active.binding
            if not binding.id or not binding.description:
                continue
            group = binding.id.partition(".")[0]
            keys, _ = grouped.setdefault(group, {}).setdefault(binding.id, ([], binding))
            if key not in keys:
                keys.append(key)
        rows = [(", ".join(keys), binding) for known in grouped.values() for keys, binding in known.values()]
        key_width = max((len(keys) for keys, _ in rows), default=0)
        headings = {self._pane_name: f"In {self._title}", **GROUPS}
        lines: list[Content] = []
        for group, heading in headings.items():
            if group not in grouped:
                continue
            lines.append(Content.styled(heading, "bold"))
            for keys, binding in grouped[group].values():
                description = wrap(binding.tooltip or binding.description, max(20, width - key_width - 4))
                lines.append(Content.assemble((f"  {', '.join(keys):<{key_width}}  ", "$text-primary"), description[0]))
                lines += [Content(" " * (key_width + 4) + line) for line in description[1:]]
            lines.append(Content(""))
        return lines[:-1]
