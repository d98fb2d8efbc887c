"""Reading a leaf while it is being written: what does not parse hides as little of the rest as possible."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.positions import Parsed, Text

TRIES = 60
"""Lines of a part that are tried as the one at fault; a seed example has some thirty."""

MAX_PIECE_LINES = 2_000
"""Of a part in which a line at fault is looked for."""

_SEEDS = "seed_examples:"
_TOP = re.compile(r"[^\s#-]")
_ITEM = re.compile(r"( *)-(?: |$)")
_KEY = re.compile(r" *(?:- +)*[\w-]+:(?= |$)")


@dataclass(frozen=True)
class Part:
    """A piece of a leaf that could be read by itself."""

    parsed: Parsed
    before: int
    """Lines of the leaf before the piece's first; to be added to its positions."""


def read_parts(text: str, path: str) -> tuple[list[Part], int]:
    """A leaf's text in as few parts as can be read, and the number of those that could not.

    Where the whole does not parse, each key at the top and each seed example is a part of its own; in one that does
    not parse either, the value on one line is left out if that helps.
    """
    whole = reader.parse(text, path)
    if isinstance(whole, Parsed):
        return [Part(whole, 0)], 0
    lines = Text(text).text.split("\n")
    parts, unread = [], 0
    for start, piece in _pieces(lines):
        parsed = _read(piece, path)
        if parsed is None:
            unread += 1
        else:
            parts.append(Part(parsed, start))
    return parts, unread


def _pieces(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The keys at the top, the list of seed examples cut in its items; each with the lines before its first."""
    tops = [row for row, line in enumerate(lines) if _TOP.match(line)]
    for start, end in zip(tops, [*tops[1:], len(lines)], strict=True):
        items = [] if not lines[start].startswith(_SEEDS) else _items(lines, start + 1, end)
        if items:
            for first, behind in zip(items, [*items[1:], end], strict=True):
                yield first - 1, [_SEEDS, *lines[first:behind]]
        else:
            yield start, list(lines[start:end])


def _items(lines: Sequence[str], start: int, end: int) -> list[int]:
    """The rows that start an item of the list there."""
    dashes = {row: match[1] for row in range(start, end) if (match := _ITEM.match(lines[row]))}
    return [row for row, margin in dashes.items() if margin == next(iter(dashes.values()))]


def _read(lines: list[str], path: str) -> Parsed | None:
    found = reader.parse("\n".join(lines), path)
    if isinstance(found, Parsed):
        return found
    for row in _suspects(found, len(lines)):
        key = _KEY.match(lines[row])
        repaired = reader.parse("\n".join([*lines[:row], key[0] if key else "", *lines[row + 1 :]]), path)
        if isinstance(repaired, Parsed):
            return repaired
    return None


def _suspects(found: Diagnostic, count: int) -> Sequence[int]:
    """The rows that may be at fault: the one that is told and those above, where a quote may have been opened."""
    return range(min(found.line, count) - 1, -1, -1)[:TRIES] if count <= MAX_PIECE_LINES else ()
