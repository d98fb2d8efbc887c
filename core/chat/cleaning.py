"""Removing terminal escape sequences from a reply as it streams in."""

from __future__ import annotations

import re

_CSI = r"(?:\x1b\[|\x9b)[0-?]*[ -/]*"
"""Colours and the cursor; a letter ends it."""

_STRING = r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x90\x98\x9b-\x9f]*"
"""A title or a link, for example; a bell or a string terminator ends it."""

_SHORT = r"\x1b[ -/]*"

_SEQUENCE = re.compile(rf"{_CSI}[@-~]|{_STRING}(?:\x07|\x1b\\|\x9c)|{_SHORT}[0-~]")
_UNFINISHED = re.compile(rf"(?:{_CSI}|{_STRING}\x1b?|{_SHORT}|\r)\Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

MAX_HELD = 4096
"""A longer sequence is not one; its first character is removed and the rest is shown."""


class ReplyCleaner:
    """Removes escape sequences and control characters, also across pieces. Line feeds and tabs are kept."""

    def __init__(self) -> None:
        self._held = ""
        """The end of the text so far, if it may be the beginning of a sequence."""

    def take(self, piece: str) -> str:
        """The text that can be shown after this piece."""
        if not self._held and piece.isprintable():
            return piece
        text = self._held + piece
        self._held = ""
        unfinished = _UNFINISHED.search(text)
        if unfinished is not None and len(text) - unfinished.start() <= MAX_HELD:
            self._held = text[unfinished.start() :]
            text = text[: unfinished.start()]
        return _CONTROL.sub("", _SEQUENCE.sub("", text.replace("\r\n", "\n")))

    def finish(self) -> str:
        """The text that was held back, without an incomplete sequence's first character."""
        held, self._held = self._held, ""
        return _CONTROL.sub("", held)
