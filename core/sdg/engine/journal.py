"""A journal of the teacher's replies, written as they arrive, so that nothing is requested twice.

`responses.jsonl` is append-only, one line a reply: `{"key": …, "text": …, "truncated": …, "max_tokens": …}`, with
`"wanted": …` if the model's context had no room for the intended limit, or, for a request that the server rejected
permanently, `{"key": …, "rejected": …, "message": …}`. The key is a digest of everything that the reply
depends on, so that an edited leaf or prompt gets new replies. A reply that was cut at its token limit is requested
again under a higher limit. Of two lines with the same key, the later one counts. A line cut short by a crash is
dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.errors import disk_error

Value = TypeVar("Value")


@dataclass(frozen=True)
class Reply:
    """A reply of the teacher."""

    text: str
    truncated: bool
    """Whether it reached the token limit."""
    max_tokens: int
    """The token limit of the request."""
    wanted: int = 0
    """The limit that was intended, before it was lowered to fit the model's context."""


@dataclass(frozen=True)
class Rejection:
    """A request that the server does not answer."""

    reason: str
    message: str
    """Of the server."""


def request_key(model: str, prompt: str, temperature: float, seed: int) -> str:
    """The key of a reply; the seed differs for each sample of one prompt."""
    parts = json.dumps([model, prompt, temperature, seed])
    return hashlib.sha256(parts.encode()).hexdigest()


def _key(line: bytes) -> bytes | None:
    """The key of a whole line; None for a damaged one."""
    try:
        record = json.loads(line)
        _entry(record)
        return bytes.fromhex(record["key"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _entry(record: dict[str, Any]) -> Reply | Rejection:
    """The content of a line. Raises ValueError, KeyError or TypeError for a damaged one."""
    if "rejected" in record:
        return Rejection(_typed(record["rejected"], str), _typed(record["message"], str))
    limits = (_typed(record["max_tokens"], int), _typed(record.get("wanted", 0), int))
    return Reply(_typed(record["text"], str), _typed(record["truncated"], bool), *limits)


def _typed(value: Any, kind: type[Value]) -> Value:
    if not isinstance(value, kind):
        raise TypeError(type(value))
    return value


class Journal:
    """The replies of a run and of earlier ones in the same folder. It has one writer: the folder is locked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[bytes, tuple[int, int]] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            self._end = self._read()
            os.ftruncate(self._file, self._end)
        except OSError as error:
            raise disk_error(error, f"opening {path}") from error
        self._dirty = False

    def _read(self) -> int:
        """Index the offset of each reply; returns the end of the last whole line."""
        end = 0
        with self.path.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                key = _key(line)
                if key is not None:  # the reply of a damaged line is requested again
                    self._places[key] = (end, len(line))
                end += len(line)
        return end

    def __len__(self) -> int:
        return len(self._places)

    def get(self, key: str) -> Reply | Rejection | None:
        place = self._places.get(bytes.fromhex(key))
        if place is None:
            return None
        return _entry(json.loads(os.pread(self._file, place[1], place[0])))

    def put(self, key: str, entry: Reply | Rejection) -> None:
        """Store an entry: it survives this process when this returns, and a power failure after the next `sync`."""
        record: dict[str, Any] = {"key": key}
        if isinstance(entry, Reply):
            record |= {"text": entry.text, "truncated": entry.truncated, "max_tokens": entry.max_tokens}
            record |= {"wanted": entry.wanted} if entry.wanted > entry.max_tokens else {}
        else:
            record |= {"rejected": entry.reason, "message": entry.message}
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            os.ftruncate(self._file, self._end)
            raise disk_error(error, f"writing {self.path}") from error
        self._places[bytes.fromhex(key)] = (self._end, len(line))
        self._end += len(line)
        self._dirty = True

    def sync(self) -> None:
        if self._dirty:
            self._dirty = False
            try:
                os.fsync(self._file)
            except OSError as error:
                raise disk_error(error, f"writing {self.path}") from error

    def close(self) -> None:
        try:
            self.sync()
        finally:
            os.close(self._file)
