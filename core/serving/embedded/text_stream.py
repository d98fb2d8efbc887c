"""Incremental decoding of tokens: characters of several tokens are held until complete, stop strings are cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

UNFINISHED = re.compile("(\ufffd|[\ue000-\uf8ff] ?)\\Z")
"""Text that the next token may still change: the replacement character for an incomplete character, or a character of
private use that modifies the next one (the quickstart's tokenizer marks capitals so)."""

MAX_HELD_TOKENS = 8
"""UTF-8 has at most four bytes per character, so a marker and a character have eight; more is invalid text."""


class TextStream:
    """Decodes tokens into text that is safe to show: returned text never changes."""

    def __init__(self, decode: Callable[[list[int]], str], stop: Sequence[str] = ()) -> None:
        self._decode = decode
        self._stop = tuple(stop)
        self._tokens: list[int] = []
        self._context = 0
        """Tokens from here to `_read` are decoded again with new ones, since a token's text depends on those before."""
        self._read = 0
        self._held = ""
        self.stopped = False
        """Whether a stop string was found."""

    def push(self, token: int) -> str:
        """The text that is final after one more token."""
        self._tokens.append(token)
        known = self._decode(self._tokens[self._context : self._read])
        text = self._decode(self._tokens[self._context :])
        if UNFINISHED.search(text) and len(self._tokens) - self._read < MAX_HELD_TOKENS:
            return ""
        self._context, self._read = self._read, len(self._tokens)
        return self._cut(text[len(known) :])

    def finish(self) -> str:
        """The text that was held back."""
        if self.stopped:
            return ""
        known = self._decode(self._tokens[self._context : self._read])
        rest = self._decode(self._tokens[self._context :])[len(known) :]
        text = self._cut(rest)
        if self.stopped:
            return text
        text, self._held = text + self._held, ""
        return text

    def _cut(self, text: str) -> str:
        """The text up to a stop string, or up to a possible beginning of one."""
        text = self._held + text
        found = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            self._held = ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Length of the longest end of `text` that is a beginning of `stop`."""
    for length in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:length]):
            return length
    return 0
