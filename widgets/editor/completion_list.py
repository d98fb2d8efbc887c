"""A pop-up list of completions for the focused input."""

from __future__ import annotations

from collections.abc import Sequence

from textual.geometry import Offset
from textual.widgets import OptionList

SHOWN = 8
"""The number of words visible at once."""


class CompletionList(OptionList, can_focus=False):
    """Hidden until words are offered. The focused widget keeps the focus and handles the keys for the list."""

    DEFAULT_CSS = """
    CompletionList {
        overlay: screen;
        constrain: inside inflect;
        display: none;
        width: auto;
        max-width: 60;
        height: auto;
        border: none;
        padding: 0;
        background: $panel;
        scrollbar-size: 1 1;
        &.-open { display: block; }
        & > .option-list--option-highlighted { background: $block-cursor-background; }
    }
    """

    def on_mount(self) -> None:
        self.styles.max_height = SHOWN

    @property
    def is_open(self) -> bool:
        return self.has_class("-open")

    @property
    def choice(self) -> str:
        """The word under the cursor."""
        return self._words[self.highlighted or 0]

    def offer(self, words: Sequence[str], at: Offset) -> None:
        """Show these words below a place on the screen; no words hide the list."""
        self._words = tuple(words)
        self.set_class(bool(words), "-open")
        if words:
            self.clear_options()
            self.add_options([f" {word} " for word in words])
            self.highlighted = 0
            self.absolute_offset = at + Offset(0, 1)

    def close(self) -> None:
        self.remove_class("-open")

    def move(self, by: int) -> None:
        """Move the cursor by so many words, cyclically."""
        self.highlighted = ((self.highlighted or 0) + by) % len(self._words)
