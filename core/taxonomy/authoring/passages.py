"""Passages of a document: its paragraphs, and where a text that was taken from it stands, purely."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

SHOWN_CHARACTERS = 400_000
"""Limit for one document: over two hundred pages, and what the workbench draws without a pause."""


class PassageIndex:
    """Finds passages in a document whatever their white space, which changes when a passage becomes a context."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        """For each line, the place of its first word in the text without white space."""
        parts = []
        length = 0
        for line in text.split("\n"):
            self._starts.append(length)
            words = "".join(line.split())
            parts.append(words)
            length += len(words)
        self._squeezed = "".join(parts)

    def lines_of(self, passage: str) -> range:
        """The lines that hold a passage; none when it does not stand there word for word."""
        wanted = "".join(passage.split())
        start = self._squeezed.find(wanted) if wanted else -1
        if start < 0:
            return range(0)
        return range(bisect_right(self._starts, start) - 1, bisect_right(self._starts, start + len(wanted) - 1))


def paragraph(lines: Sequence[str], row: int) -> tuple[int, int] | None:
    """First and last line of the paragraph at a line, or of the next one below; a heading brings what stands under it.

    None when only blank lines follow.
    """
    start = _next_written(lines, row)
    if start == len(lines):
        return None
    while start > 0 and start <= row and not _apart(lines[start]) and lines[start - 1].strip():
        if _apart(lines[start - 1]):
            break
        start -= 1
    end = start
    while _apart(lines[end]):
        below = _next_written(lines, end + 1)
        if below == len(lines):
            return start, end
        end = below
    while end + 1 < len(lines) and lines[end + 1].strip() and not _apart(lines[end + 1]):
        end += 1
    return start, end


def _next_written(lines: Sequence[str], row: int) -> int:
    """The first line from a row on that is not blank; their number when there is none."""
    return next((at for at in range(row, len(lines)) if lines[at].strip()), len(lines))


def _apart(line: str) -> bool:
    return line.startswith("#")
