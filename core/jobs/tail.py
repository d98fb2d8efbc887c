"""Reading files that other processes append to: complete lines only, from where the last read ended."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from core.events import Event, decode
from core.files import open_regular
from core.printable import printable_lines

CHUNK_BYTES = 256 * 1024
"""The most that one read returns, so that a reader's tick stays short."""

LINE_BYTES = 16 * 2**20
"""A longer line is returned in pieces: no event is that long, and a log without line ends must not fill the memory."""


SEARCHED_BYTES = 256 * 1024
"""How much of the end of a log is searched for a known failure: a traceback of several processes is long."""

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def log_text(line: bytes) -> str:
    """A log line for display: without colours, and of a progress bar redrawn in place only its last state."""
    text = _COLOURS.sub("", line.decode(errors="replace")).rstrip("\r").rpartition("\r")[2]
    return printable_lines(text)


def last_lines(log: Path, start: int = 0) -> list[str]:
    """The last lines of a log from the offset `start` on, without blank ones, colours and escape codes."""
    try:
        with log.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(min(start, size), size - SEARCHED_BYTES))
            data = stream.read(SEARCHED_BYTES)
    except OSError:
        return []
    return [text for line in data.split(b"\n") if (text := log_text(line).strip())]


@dataclass
class LineTail:
    """Returns the complete lines appended since the last read; an incomplete one is kept for the next read."""

    path: Path
    offset: int = 0
    _rest: bytes = field(default=b"", repr=False)

    def read(self, limit: int = CHUNK_BYTES) -> list[bytes]:
        """New lines without their ends: about `limit` bytes at most, or one longer line. None for a missing file."""
        try:
            with open_regular(self.path) as stream:
                size = stream.seek(0, 2)
                if size < self.offset:  # truncated by its owner, as capped logs are
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
        """The start of a line whose end has not been written yet."""
        return self._rest

    def skip_to_end(self, keep_bytes: int) -> int:
        """Skip all but the last `keep_bytes`; returns how many bytes were skipped."""
        try:
            size = self.path.stat().st_size
        except OSError:
            return 0
        target = max(self.offset, size - keep_bytes)
        skipped, self.offset, self._rest = target - self.offset, target, b""
        return skipped


@dataclass
class EventTail:
    """The events of a job as they are written; invalid lines are skipped."""

    path: Path
    _lines: LineTail = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._lines = LineTail(self.path)

    @property
    def offset(self) -> int:
        """Bytes of the file that were read."""
        return self._lines.offset

    def read(self, limit: int = CHUNK_BYTES) -> list[Event]:
        """The next events, about `limit` bytes at most; empty when there is nothing new."""
        events: list[Event] = []
        while not events and (lines := self._lines.read(limit)):
            events.extend(event for line in lines if (event := decode(line)) is not None)
        return events
