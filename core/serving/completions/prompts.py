"""What a model is asked: one message of the user, or a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


Prompt = str | Sequence[Message]
"""A text is a single message of the user."""


def messages_of(prompt: Prompt) -> list[dict[str, str]]:
    """The messages of a request."""
    messages = [Message("user", prompt)] if isinstance(prompt, str) else prompt
    return [{"role": message.role, "content": message.content} for message in messages]


def text_of(prompt: Prompt) -> str:
    """All that the model reads, for estimating its length."""
    return prompt if isinstance(prompt, str) else "\n".join(message.content for message in prompt)
