"""The lines of InstructLab's datasets as conversations."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.training.marks import REASONING, Message
from core.training.masking import Conversation

LEGACY_ROLE = re.compile(
    r"<\|(system|user|assistant)\|>\n?|<\|start_of_role\|>(system|user|assistant)<\|end_of_role\|>"
)
"""Role headers inside the content of an older `pretraining` message."""

LEGACY_END = re.compile(r"(?:<\|endoftext\|>|<\|end_of_text\|>)?\n?\Z")
"""The end of a turn there."""


def read_conversations(path: Path, digest: Any = None) -> Iterator[Conversation]:
    """The conversations of a JSON Lines file, whose bytes update `digest`. Errors name the line."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if digest is not None:
                    digest.update(line)
                if line.strip():
                    yield _conversation(line, f"Line {number} of {path}")
    except OSError as error:
        raise disk_error(error, f"reading {path}") from error


def _conversation(line: bytes, place: str) -> Conversation:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise LabtopError(
            f"{place} is not valid JSON.", hint="Each line must be one JSON object; correct or delete that line."
        ) from None
    messages = record.get("messages") if isinstance(record, dict) else None
    if (
        not isinstance(messages, list)
        or not messages
        or not all(
            isinstance(message, dict)
            and isinstance(message.get("role"), str)
            and isinstance(message.get("content"), str)
            for message in messages
        )
    ):
        raise LabtopError(
            f"{place} is not a chat sample.",
            hint='It needs "messages": a list of objects with the texts "role" and "content".',
        )
    try:
        "".join(text for message in messages for text in message.values() if isinstance(text, str)).encode()
    except UnicodeEncodeError:
        raise LabtopError(f"{place} contains an unpaired surrogate.", hint="Correct or delete that line.") from None
    plain = tuple(
        {
            "role": message["role"],
            "content": message["content"],
            **{name: message[name] for name in REASONING if isinstance(message.get(name), str)},
        }
        for message in messages
    )
    if any(message["role"] == "pretraining" for message in plain):
        return replace(unroll_pretraining(plain), place=place)
    return Conversation(plain, unmask=record.get("unmask") is True, place=place)


def unroll_pretraining(messages: Sequence[Message]) -> Conversation:
    """A conversation with an older `pretraining` message, split into its inner turns; the loss covers all of them.

    Without role headers inside, its content is plain text.
    """
    turns: list[Message] = []
    for message in messages:
        if message["role"] != "pretraining":
            turns.append(message)
            continue
        content = message["content"]
        headers = list(LEGACY_ROLE.finditer(content))
        if not headers:
            return Conversation((), unmask=True, text=content)
        ends = [header.start() for header in headers[1:]] + [len(content)]
        for header, end in zip(headers, ends, strict=True):
            inner = LEGACY_END.sub("", content[header.end() : end], count=1)
            turns.append({"role": header[1] or header[2], "content": inner})
    return Conversation(tuple(turns), unmask=True)
