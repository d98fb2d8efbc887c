"""An input line that keeps all lines of a pasted text."""

from __future__ import annotations

from textual.events import Paste
from textual.widgets import Input


class LineInput(Input):
    """Pasted line ends become spaces; Textual's own line keeps the first line only."""

    def on_paste(self, event: Paste) -> None:
        event.text = " ".join(event.text.splitlines())
