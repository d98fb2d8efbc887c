"""A client's API key for an endpoint: where it comes from, and how it is kept out of everything that a server sends."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from core.errors import LabtopError

API_KEY_VARIABLE = "LABTOP_API_KEY"
JUDGE_KEY_VARIABLE = "LABTOP_JUDGE_API_KEY"
"""Environment variables with secrets, which are stored in no file."""

OPENAI_HOST = "api.openai.com"
OPENAI_KEY_VARIABLE = "OPENAI_API_KEY"
"""The key that InstructLab's users have set for a judge there; it is sent to no other host."""

MASK = "***"

SECRET_LENGTH = 8
"""A shorter key is a placeholder such as EMPTY: a model's reply may well contain it."""


def judge_key(urls: Iterable[str], environment: Mapping[str, str]) -> str | None:
    """The key of a judge's endpoints: its own, that of OpenAI for its host, else that of all endpoints."""
    at_openai = all(urlsplit(url).hostname == OPENAI_HOST for url in urls)
    names = (JUDGE_KEY_VARIABLE, *([OPENAI_KEY_VARIABLE] if at_openai else []), API_KEY_VARIABLE)
    return next((value for name in names if (value := environment.get(name, "").strip())), None)


def export_line(file: Path) -> str:
    """A shell's line that sets the key of clients from a file."""
    return f"export {API_KEY_VARIABLE}=$(cat {shlex.quote(str(file))})"


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
