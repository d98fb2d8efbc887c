"""Reading files that others append to: only whole lines, from where the last read ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from core.events import Event, decode

CHUNK_BYTES = 256 * 1024
"""The most that one read takes, so that a watcher's tick stays short."""


@dataclass
class LineTail:
    """Gives the whole lines that were appended since the last read; a half-written one is kept for the next."""

    path: Path
    offset: int = 0
    _rest: bytes = field(default=b"", repr=False)

    def read(self, limit: int = CHUNK_BYTES) -> list[bytes]:
        """At most about `limit` bytes of new lines, without their ends. A missing file has none."""
        try:
            with self.path.open("rb") as stream:
                size = stream.seek(0, 2)
                if size < self.offset:  # cut short by its owner, as a capped log is
                    self.offset, self._rest = 0, b""
                stream.seek(self.offset)
                chunk = stream.read(limit)
        except OSError:
            return []
        self.offset += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return lines

    def skip_to_end(self, keep_bytes: int) -> int:
        """Jump so that at most the last `keep_bytes` are still to be read; returns how many bytes were left out."""
        try:
            size = self.path.stat().st_size
        except OSError:
            return 0
        target = max(self.offset, size - keep_bytes)
        skipped, self.offset, self._rest = target - self.offset, target, b""
        return skipped


@dataclass
class EventTail:
    """The events of a job as they come; bad lines are counted, not failed on."""

    path: Path
    bad_lines: int = 0
    _lines: LineTail = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._lines = LineTail(self.path)

    def read(self, limit: int = CHUNK_BYTES) -> list[Event]:
        """The next events, at most about `limit` bytes of them; empty when there is nothing new."""
        events = []
        for line in self._lines.read(limit):
            event = decode(line)
            if event is None:
                self.bad_lines += bool(line.strip())
            else:
                events.append(event)
        return events
