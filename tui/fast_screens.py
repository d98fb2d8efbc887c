"""An app whose screens are switched without the work that Textual does to be safe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import App
from textual.await_complete import AwaitComplete
from textual.css.stylesheet import Stylesheet

KNOWN_SCREEN_SECONDS = 0.01
"""Wait before a screen that was shown before is drawn, so that its layout and its content are one update."""

NEW_SCREEN_SECONDS = 0.05
"""The same for a screen that is being built."""

OPENING_SECONDS = 0.02
"""The same for a dialog, which has few widgets."""


class KeptStylesheet(Stylesheet):
    """Parses a style sheet again only if the theme's variables have changed.

    Textual's own parses all of them three times when a screen with one of its own is opened for the first time, which
    takes 0.2 s.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__(variables=dict(variables))
        self._known_variables = dict(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        if variables != self._known_variables:
            self._known_variables = dict(variables)
            super().set_variables(variables)

    def reparse(self) -> None:
        self.parse()


class FastScreens(App[object]):
    """Keeps parsed style sheets, and draws a screen that was shown before at once."""

    def __init__(self) -> None:
        super().__init__()
        self.stylesheet = KeptStylesheet(self.get_css_variables())
        self._known_modes = {self.DEFAULT_MODE}
        self._switch_seconds = NEW_SCREEN_SECONDS

    def delay_update(self, delay: float | None = None) -> None:
        """Draw nothing for a moment. Textual calls this when screens are switched, and its 50 ms would be seen."""
        super().delay_update(self._switch_seconds if delay is None else delay)

    def push_screen(self, *screen: Any, **options: Any) -> Any:
        """Show a dialog at once, instead of drawing the whole screen six times while it is built."""
        self.delay_update(OPENING_SECONDS)
        return super().push_screen(*screen, **options)

    def pop_screen(self) -> AwaitComplete:
        """Draw the screen below once."""
        self.delay_update(KNOWN_SCREEN_SECONDS)
        return super().pop_screen()

    async def show_mode(self, mode: str) -> None:
        """Switch to a mode, and wait until its screen is there."""
        self._switch_seconds = KNOWN_SCREEN_SECONDS if mode in self._known_modes else NEW_SCREEN_SECONDS
        self._known_modes.add(mode)
        await self.switch_mode(mode)
