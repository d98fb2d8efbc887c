"""Passages of a document: its paragraphs, and the lines of a text that was taken from it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

SHOWN_CHARACTERS = 400_000
"""Limit for one document: over two hundred pages, and what the workbench draws without a pause."""


class PassageIndex:
    """Finds passages in a document regardless of white space, which changes when a passage becomes a context."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        """For each line, the offset of its first word in the text without white space."""
        parts = []
        length = 0
        for line in text.split("\n"):
            self._starts.append(length)
            words = "".join(line.split())
            parts.append(words)
            length += len(words)
        self._squeezed = "".join(parts)

    def lines_of(self, passage: str) -> range:
        """The lines that contain a passage; empty if it does not occur word for word."""
        wanted = "".join(passage.split())
        start = self._squeezed.find(wanted) if wanted else -1
        if start < 0:
            return range(0)
        return range(bisect_right(self._starts, start) - 1, bisect_right(self._starts, start + len(wanted) - 1))


def paragraph(lines: Sequence[str], row: int) -> tuple[int, int] | None:
    """First and last line of the paragraph at a line, or of the next one; a heading includes the paragraph below it.

    None if only blank lines follow.
    """
    start = _next_written(lines, row)
    if start == len(lines):
        return None
    while start > 0 and start <= row and not _is_heading(lines[start]) and lines[start - 1].strip():
        if _is_heading(lines[start - 1]):
            break
        start -= 1
    end = start
    while _is_heading(lines[end]):
        below = _next_written(lines, end + 1)
        if below == len(lines):
            return start, end
        end = below
    while end + 1 < len(lines) and lines[end + 1].strip() and not _is_heading(lines[end + 1]):
        end += 1
    return start, end


def only_headings(passage: str) -> bool:
    """Whether a passage consists of headings, which no question can be answered from."""
    lines = [line for line in passage.split("\n") if line.strip()]
    return bool(lines) and all(map(_is_heading, lines))


def _next_written(lines: Sequence[str], row: int) -> int:
    """The first line from a row on that is not blank; the number of lines if there is none."""
    return next((at for at in range(row, len(lines)) if lines[at].strip()), len(lines))


def _is_heading(line: str) -> bool:
    return line.startswith("#")
