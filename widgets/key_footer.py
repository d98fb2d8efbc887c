"""The keys that do something now, as many as there is room for."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

LAST = 3
"""Those at the end that stay: help, commands, quit."""


class KeyFooter(Footer):
    """Where keys do not all fit, those before the last ones are left out whole; help and palette tell them."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)
        self._composed_for = 0
        """Columns."""

    def compose(self) -> ComposeResult:
        self._composed_for = self.app.size.width
        blanks = 3 if self.screen.has_class("-wide") else 2
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        while len(keys) > LAST and sum(_width(key) + blanks for key in keys) > self._composed_for:
            del keys[-LAST - 1]
        yield from keys

    def on_resize(self) -> None:
        if self.app.size.width != self._composed_for:
            self.refresh(recompose=True)


def _width(key: FooterKey) -> int:
    return len(key.key_display) + len(key.description)
