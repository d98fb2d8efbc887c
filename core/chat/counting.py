"""Counting the tokens of a conversation for one served model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

from core import paths
from core.chat.target import Target
from core.errors import LabtopError
from core.serving.client import context_length, count_prompt_tokens
from core.serving.names import find_model
from core.tokens import count_tokens

Method = Literal["server", "tokenizer", "estimate"]
"""Who counts: the server, in the model's chat template; the model's tokenizer on this machine; a rule for English."""

MESSAGE_TOKENS = 8
"""Of the chat template, for each message, where the server does not count."""

ESTIMATE_FACTOR = 1.3
"""Applied to estimates, which are then rarely too low."""

Messages = Sequence[dict[str, str]]


def estimate(messages: Messages) -> int:
    """An estimate that is rarely too low."""
    return sum(int(ESTIMATE_FACTOR * count_tokens(each["content"])) + MESSAGE_TOKENS for each in messages)


class TokenCounter:
    """The context length of a target's model, and counts by the best method there is. All calls block."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._context: int | None = None
        self._learned = False
        self._tokenizer: Callable[[str], int] | None = None
        self.method: Method = "server"
        """How the last count was made."""

    def context_tokens(self) -> int | None:
        """The model's context length; None if the server does not report it."""
        if not self._learned:
            target = self._target
            with suppress(LabtopError):
                self._context = context_length(target.url, target.model, target.api_key, tls=target.tls)
                self._learned = True
        return self._context

    def count(self, messages: Messages) -> int:
        """The tokens of a request with these messages."""
        target = self._target
        if self.method == "server":
            try:
                return count_prompt_tokens(target.url, target.model, messages, target.api_key, tls=target.tls)
            except LabtopError:
                self._tokenizer = _local_tokenizer(target.model)
                self.method = "tokenizer" if self._tokenizer is not None else "estimate"
        if self._tokenizer is not None:
            return sum(self._tokenizer(each["content"]) + MESSAGE_TOKENS for each in messages)
        return estimate(messages)


def _local_tokenizer(model: str) -> Callable[[str], int] | None:
    """Counts by the tokenizer of a model on this machine; None if it is not here."""
    folder = find_model(model, paths.current().models_dir)
    file = Path(folder or "") / "tokenizer.json"
    if folder is None or not file.is_file():
        return None
    try:
        from tokenizers import Tokenizer
    except ImportError:  # not in the base installation
        return None
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception:  # the library raises nothing more specific
        return None
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)
