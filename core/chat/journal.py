"""The file of a conversation: lines of JSON, only ever appended, so that a crash loses at most the line being written.

A line is an object with a `kind`:

- `conversation`: the first line, with `version` and `created`.
- `settings`: the fields of `ChatSettings`; the last one counts.
- `turn`: the fields of `Turn`.
- `position`: the `turn` that the next one follows; null before the first.
- `title`: the conversation's name.

Readers skip lines that they do not understand. A file whose name ends with `.json` is a list of messages
({role, content}), as InstructLab writes it: it holds only the messages of the current branch.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.chat.turns import ChatSettings, Message, Turn
from core.errors import LabtopError, disk_error
from core.jobs.spec import as_quantity

SUFFIX = ".jsonl"
VERSION = 1

MAX_FILE_BYTES = 2**28
"""A larger file is not a conversation; 256 MiB are some hundred thousand long answers."""

IN_USE = "conversation-in-use"
"""The code of the error for a file that another process writes."""

_MESSAGES = TypeAdapter(list[Message])


@dataclass
class Contents:
    """What a file holds."""

    turns: dict[int, Turn] = field(default_factory=dict)
    """By id; a turn comes after its parent."""
    position: int | None = None
    settings: ChatSettings = field(default_factory=ChatSettings)
    title: str | None = None
    created: float = 0.0
    """Seconds since 1970; 0 if it is not known."""
    is_journal: bool = False
    """Whether the file has this module's format."""


def read_contents(file: Path) -> Contents:
    """The conversation in a file of either format. Raises LabtopError when it holds none."""
    try:
        if file.stat().st_size > MAX_FILE_BYTES or not file.is_file():
            raise _not_a_conversation(file)
        data = file.read_bytes()
    except OSError as error:
        raise disk_error(error, f"reading the conversation {file}") from error
    found = parse_lines(data.split(b"\n"))
    return found or _parse_messages(file, data)


def _not_a_conversation(file: Path) -> LabtopError:
    return LabtopError(
        f"{file} is not a saved conversation.",
        hint='It must be a JSON list of {"role": "user", "content": "…"}, or a file of labtop\'s chat.',
    )


def parse_lines(lines: Iterable[bytes]) -> Contents | None:
    """The conversation in a journal's lines, invalid ones skipped; None if the first one is not a journal's."""
    found: Contents | None = None
    for line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            record = None
        if found is None:
            if not isinstance(record, dict) or record.get("kind") != "conversation":
                return None
            found = Contents(created=as_quantity(record.get("created")) or 0.0, is_journal=True)
        elif isinstance(record, dict):
            _apply(found, record)
    return found


def _apply(found: Contents, record: dict[str, Any]) -> None:
    kind = record.get("kind")
    if kind == "turn":
        with suppress(ValidationError):
            turn = Turn.model_validate(record)
            before = found.turns.get(turn.parent) if turn.parent is not None else None
            follows = turn.parent is None or (before is not None and before.role != turn.role)
            if follows and turn.id not in found.turns:
                found.turns[turn.id] = turn
                found.position = turn.id
    elif kind == "position":
        position = record.get("turn")
        if position is None or (isinstance(position, int) and position in found.turns):
            found.position = position
    elif kind == "settings":
        with suppress(ValidationError):
            found.settings = ChatSettings.model_validate(record)
    elif kind == "title" and isinstance(title := record.get("title"), str):
        found.title = title or None


def _parse_messages(file: Path, data: bytes) -> Contents:
    try:
        messages = _MESSAGES.validate_json(data)
    except ValidationError as error:
        raise _not_a_conversation(file) from error
    return from_messages(messages)


def from_messages(messages: Iterable[Message]) -> Contents:
    """A conversation of messages; consecutive ones of the same role are joined, so that roles alternate."""
    joined: list[Message] = []
    for message in messages:
        if message.role == "system":
            continue
        if joined and joined[-1].role == message.role:
            joined[-1] = Message(role=message.role, content=f"{joined[-1].content}\n\n{message.content}")
        else:
            joined.append(message)
    found = Contents()
    for message in joined:
        number = len(found.turns) + 1
        role = "user" if message.role == "user" else "assistant"
        found.turns[number] = Turn(id=number, parent=number - 1 or None, role=role, content=message.content)
        found.position = number
    prompt = "\n".join(message.content for message in messages if message.role == "system")
    if prompt:
        found.settings = ChatSettings(context="custom", system_prompt=prompt)
    return found


class Journal:
    """Appends a conversation's records to its file, which is created with the first one, for its owner only.

    One process writes a file at a time. What could not be written, because the disk is full, is written with the
    next record.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._descriptor: int | None = None
        self._unwritten = b""
        self._is_ours = False
        """Whether what the file contains was read or written here."""

    def lock(self) -> None:
        """Open an existing file, which is read next, for writing. Raises LabtopError when another process has it."""
        self._is_ours = True
        self._open()

    def _open(self) -> None:
        if self._descriptor is not None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise disk_error(error, f"writing the conversation {self.file}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise self._in_use() from None
        except OSError:
            pass  # a file system without locks
        size = os.fstat(descriptor).st_size
        if size and not self._is_ours:  # another chat began it meanwhile: turns of both would have the same ids
            os.close(descriptor)
            raise self._in_use()
        self._descriptor, self._is_ours = descriptor, True
        if size and os.pread(descriptor, 1, size - 1) != b"\n":  # the writer was killed during a line
            self._unwritten = b"\n" + self._unwritten

    def _in_use(self) -> LabtopError:
        return LabtopError(
            f"The conversation {self.file.stem} is open in another chat.",
            hint="Leave it there first, or start a new conversation.",
            code=IN_USE,
        )

    def append(self, *records: dict[str, Any]) -> None:
        """Write records. Raises LabtopError when the disk is full; they are kept for the next call."""
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        self._unwritten += lines.encode("utf-8", "backslashreplace")
        self._open()
        assert self._descriptor is not None
        try:
            while self._unwritten:
                self._unwritten = self._unwritten[os.write(self._descriptor, self._unwritten) :]
        except OSError as error:
            raise disk_error(error, f"writing the conversation {self.file}") from error

    def close(self) -> None:
        """Release the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def opening_record(created: float) -> dict[str, Any]:
    """The first line of a file; `created` in seconds since 1970."""
    return {"kind": "conversation", "version": VERSION, "created": created}


def settings_record(settings: ChatSettings) -> dict[str, Any]:
    return {"kind": "settings", **settings.model_dump(exclude_none=True)}


def turn_record(turn: Turn) -> dict[str, Any]:
    return {"kind": "turn", **turn.model_dump(exclude_none=True)}


def position_record(position: int | None) -> dict[str, Any]:
    return {"kind": "position", "turn": position}


def title_record(title: str | None) -> dict[str, Any]:
    return {"kind": "title", "title": title or ""}
