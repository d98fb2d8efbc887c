"""Changes to a text, by where they are made."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

Replacement = tuple[int, int, str]
"""Start and end of a stretch of text as offsets, and what takes its place."""

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement by lines and columns, which count from 1, in characters. The end column is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str
    """The new text, with newlines as line ends."""
    replaced: str
    """The text that it takes the place of, so that an edit for another version of the text is noticed."""


def apply_edit(text: str, edit: Edit) -> str | None:
    """A text with an edit made; None when the text differs from the one that the edit was made for."""
    source = text.removeprefix(_BOM).replace("\r\n", "\n").replace("\r", "\n")
    start = offset_of(source, edit.line, edit.column)
    end = offset_of(source, edit.end_line, edit.end_column)
    return applied(text, [(start, end, edit.text)]) if source[start:end] == edit.replaced else None


def applied(text: str, replacements: Iterable[Replacement]) -> str:
    """A text with replacements whose offsets count line ends as one character, and no byte order mark."""
    mark = _BOM if text.startswith(_BOM) else ""
    body = text[len(mark) :]
    pairs = [match.start() - number for number, match in enumerate(re.finditer("\r\n", body))]
    first = re.search(r"\r\n?|\n", body)
    newline = first[0] if first else "\n"
    parts, at = [], 0
    for start, end, new in sorted(replacements):
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
    """The offset of a line and a column; past the end of a text that has no such line."""
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1 or len(text) + 1
    return start + column - 1
