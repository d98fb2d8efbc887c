"""Keeping an endpoint's key out of everything that a server sends."""

from __future__ import annotations

from urllib.parse import quote

from core.errors import LabtopError

MASK = "***"

SECRET_LENGTH = 8
"""A shorter key is a placeholder such as EMPTY: a model's reply may well contain it."""


class Mask:
    """Replaces one key's value in texts; without a key, texts are not changed.

    Raises LabtopError for a key that a request cannot contain.
    """

    def __init__(self, key: str | None) -> None:
        self.key = (key or "").strip()
        if not (self.key.isascii() and self.key.isprintable()):
            raise LabtopError(
                "The API key contains a line break or another character that a request cannot contain.",
                hint="Set the environment variable LABTOP_API_KEY to the key alone.",
            )
        self._forms = [form for form in dict.fromkeys((self.key, quote(self.key, safe=""))) if form]

    def __call__(self, text: str) -> str:
        """A server's message about itself or a request."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def reply(self, text: str) -> str:
        """A model's reply, which is data."""
        return self(text) if len(self.key) >= SECRET_LENGTH else text


class StreamMask:
    """Masks a streamed reply, and holds back an end that may be the beginning of the key."""

    def __init__(self, mask: Mask) -> None:
        self._mask = mask
        self._held = ""

    def take(self, piece: str) -> str:
        """The text of the reply that can be shown after this piece."""
        key = self._mask.key
        if len(key) < SECRET_LENGTH:
            return piece
        text = self._mask(self._held + piece)
        held = next((size for size in range(min(len(key) - 1, len(text)), 0, -1) if text.endswith(key[:size])), 0)
        self._held = text[len(text) - held :]
        return text[: len(text) - held]

    def finish(self) -> str:
        """The text that was held back."""
        held, self._held = self._held, ""
        return held
