"""The lines of a log in bounded memory, and the search in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol


class LogLine(Protocol):
    """A line of a log; its text may be made each time it is read."""

    @property
    def text(self) -> str: ...

    @property
    def level(self) -> str:
        """Decides its colour: step, info, stage, good, warning, error; empty for raw output."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is only text."""

    text: str
    level: str = ""


@dataclass
class LogLines:
    """At most `limit` lines; the oldest are dropped in batches. Lines are numbered from 0, dropped ones included."""

    limit: int
    lines: list[LogLine] = field(default_factory=list)
    dropped: int = 0
    query: str = ""
    """The text searched for, in lower case; empty without a search."""
    matches: list[int] = field(default_factory=list)
    """The numbers of the lines that contain the query, in ascending order."""
    current: int | None = None
    """The number of the line that the search has reached."""

    def add(self, lines: Iterable[LogLine]) -> int:
        """Append lines; returns how many of the oldest were dropped."""
        new = list(lines)[-self.limit :]
        first = self.dropped + len(self.lines)
        self.lines += new
        if self.query:
            self.matches += [first + number for number, line in enumerate(new) if self.query in line.text.lower()]
        excess = len(self.lines) - self.limit
        if excess <= 0:
            return 0
        excess = min(len(self.lines), excess + self.limit // 10)
        del self.lines[:excess]
        self.dropped += excess
        self.matches = [number for number in self.matches if number >= self.dropped]
        return excess

    def clear(self) -> None:
        self.lines, self.dropped, self.matches, self.current = [], 0, [], None

    def search(self, query: str, start: int) -> int | None:
        """Find a text, in any case; returns the line reached: the first from `start` on, or else the first of all."""
        self.query = query.lower()
        found = enumerate(self.lines) if self.query else ()
        self.matches = [self.dropped + number for number, line in found if self.query in line.text.lower()]
        later = [number for number in self.matches if number >= start]
        self.current = later[0] if later else self.matches[0] if self.matches else None
        return self.current

    def step(self, by: int) -> int | None:
        """The next (1) or previous (-1) match, from the last one on after the first."""
        if not self.matches:
            return None
        position = self.matches.index(self.current) if self.current in self.matches else -1 if by > 0 else 0
        self.current = self.matches[(position + by) % len(self.matches)]
        return self.current

    @property
    def found(self) -> str:
        """The search and its position in words; empty without a search."""
        if not self.query:
            return ""
        if not self.matches:
            return f"/{self.query} not found"
        position = self.matches.index(self.current) + 1 if self.current in self.matches else 1
        return f"/{self.query} {position} of {len(self.matches)}"
