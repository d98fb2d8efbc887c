"""Parsing an incomplete leaf piece by piece, so that one error does not hide the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Finding
from core.taxonomy.format.positions import Parsed, Text

TRIES = 60
"""Lines of a part that are tried as the one at fault; a seed example has about thirty."""

MAX_PIECE_LINES = 2_000
"""Lines of a part in which the one at fault is looked for."""

_SEEDS = "seed_examples:"
_TOP = re.compile(r"[^\s#-]")
_ITEM = re.compile(r"( *)-(?: |$)")
_KEY = re.compile(r" *(?:- +)*[\w-]+:(?= |$)")


@dataclass(frozen=True)
class Part:
    """A piece of a leaf that parses by itself."""

    parsed: Parsed
    before: int
    """Lines of the leaf before the piece's first; to be added to its positions."""


def read_parts(text: str) -> tuple[list[Part], int]:
    """A leaf's text in as few parts as parse, and the number of parts that do not.

    Where the whole does not parse, each key at the top and each seed example is a part of its own; in one that does
    not parse either, the value on one line is left out if that helps.
    """
    whole = reader.parse(text)
    if isinstance(whole, Parsed):
        return [Part(whole, 0)], 0
    lines = Text(text).text.split("\n")
    parts, unread = [], 0
    for start, piece in _pieces(lines):
        parsed = _read(piece)
        if parsed is None:
            unread += 1
        else:
            parts.append(Part(parsed, start))
    return parts, unread


def _pieces(lines: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """The top-level keys, with the seed examples one by one; each with the number of lines before it."""
    tops = [row for row, line in enumerate(lines) if _TOP.match(line)]
    for start, end in zip(tops, [*tops[1:], len(lines)], strict=True):
        items = [] if not lines[start].startswith(_SEEDS) else _items(lines, start + 1, end)
        if items:
            for first, after in zip(items, [*items[1:], end], strict=True):
                yield first - 1, [_SEEDS, *lines[first:after]]
        else:
            yield start, list(lines[start:end])


def _items(lines: Sequence[str], start: int, end: int) -> list[int]:
    """The rows that start an item of the list there."""
    dashes = {row: match[1] for row in range(start, end) if (match := _ITEM.match(lines[row]))}
    return [row for row, margin in dashes.items() if margin == next(iter(dashes.values()))]


def _read(lines: list[str]) -> Parsed | None:
    found = reader.parse("\n".join(lines))
    if isinstance(found, Parsed):
        return found
    for row in _suspects(found, len(lines)):
        key = _KEY.match(lines[row])
        repaired = reader.parse("\n".join([*lines[:row], key[0] if key else "", *lines[row + 1 :]]))
        if isinstance(repaired, Parsed):
            return repaired
    return None


def _suspects(found: Finding, count: int) -> Sequence[int]:
    """The rows that may be at fault: the reported one and those above, where a quote may have been opened."""
    return range(min(found.span.line, count) - 1, -1, -1)[:TRIES] if count <= MAX_PIECE_LINES else ()
