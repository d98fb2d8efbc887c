"""Changes to a text, by where they are made."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

Edit = tuple[int, int, str]
"""Start and end of a stretch of text, and what takes its place."""

_BOM = "\ufeff"


def applied(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits whose places count line ends as one character, and no mark before the first."""
    mark = _BOM if text.startswith(_BOM) else ""
    body = text[len(mark) :]
    pairs = [match.start() - number for number, match in enumerate(re.finditer("\r\n", body))]
    first = re.search(r"\r\n?|\n", body)
    newline = first[0] if first else "\n"
    parts, at = [], 0
    for start, end, new in sorted(edits):
        parts += [body[at : start + bisect_left(pairs, start)], new.replace("\n", newline)]
        at = end + bisect_left(pairs, end)
    return mark + "".join(parts) + body[at:]


def line_at(text: str, start: int) -> str:
    """The rest of the line from an offset on."""
    end = text.find("\n", start)
    return text[start : len(text) if end < 0 else end]


def indent_of(line: str) -> int:
    """How many spaces a line starts with."""
    return len(line) - len(line.lstrip(" "))


def offset_of(text: str, line: int, column: int) -> int:
    """Where a line and a column are; behind the text when it has no such line."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1 or len(text) + 1
    return start + column - 1
