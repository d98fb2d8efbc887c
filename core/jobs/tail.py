"""Reading files that others append to: only whole lines, from where the last read ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from core.events import Event, decode
from core.printable import printable_lines

CHUNK_BYTES = 256 * 1024
"""The most that one read takes, so that a watcher's tick stays short."""

LINE_BYTES = 16 * 2**20
"""A line that is longer comes in pieces; no event is, and a log without line ends must not fill the memory."""


_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def log_text(line: bytes) -> str:
    """A line of a log as it may be shown: no colours, and of a progress bar redrawn in place the last picture."""
    text = _COLOURS.sub("", line.decode(errors="replace")).rstrip("\r").rpartition("\r")[2]
    return printable_lines(text)


@dataclass
class LineTail:
    """Gives the whole lines that were appended since the last read; a half-written one is kept for the next."""

    path: Path
    offset: int = 0
    _rest: bytes = field(default=b"", repr=False)

    def read(self, limit: int = CHUNK_BYTES) -> list[bytes]:
        """At most about `limit` bytes of new lines, or a longer one, without their ends; none if nothing is new.

        A missing file has none.
        """
        try:
            with self.path.open("rb") as stream:
                size = stream.seek(0, 2)
                if size < self.offset:  # cut short by its owner, as a capped log is
                    self.offset, self._rest = 0, b""
                stream.seek(self.offset)
                lines: list[bytes] = []
                while not lines and (chunk := stream.read(limit)):
                    self.offset += len(chunk)
                    *lines, self._rest = (self._rest + chunk).split(b"\n")
                    if len(self._rest) > LINE_BYTES:
                        lines.append(self._rest)
                        self._rest = b""
                return lines
        except OSError:
            return []

    @property
    def unfinished(self) -> bytes:
        """The beginning of a line whose end is not written yet, and may never be."""
        return self._rest

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
        events: list[Event] = []
        while not events and (lines := self._lines.read(limit)):
            for line in lines:
                event = decode(line)
                if event is None:
                    self.bad_lines += bool(line.strip())
                else:
                    events.append(event)
        return events
