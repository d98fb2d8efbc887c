"""Finds the mapping around the cursor in a leaf, by indentation alone, so that it works on incomplete text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_OPENERS = re.compile(r" *((?:- +)*)(?:([\w-]+):(?=\s|$)\s*([^#]*))?")
_TYPED = re.compile(r" *(?:- +)*([\w-]*)$")
_EMPTY = re.compile(r" *(?:- +)*[\w-]+: *(?:\"\"|'')?$")
_CONTAINERS = re.compile(r"^(?:document|seed_examples|questions_and_answers|patterns)$")


@dataclass(frozen=True)
class KeyPlace:
    """A place where a key is allowed."""

    path: tuple[str | int, ...]
    """Path of the mapping that the key would belong to; a list item is 0."""
    typed: str
    """The typed part of the key."""
    present: frozenset[str]
    """The keys already in the mapping."""


@dataclass(frozen=True)
class Line:
    """What a line opens: list items at its dashes, and possibly a key."""

    dashes: tuple[int, ...]
    column: int
    """Column of the text after the dashes."""
    key: str | None
    value: str


def key_place(lines: Sequence[str], in_block: Sequence[bool], row: int, column: int) -> KeyPlace | None:
    """The place of a key at the cursor; None where no key is allowed. `in_block` comes from `block_lines`."""
    typed = _TYPED.match(lines[row][:column])
    if not typed or lines[row][column:].strip() or in_block[row]:
        return None
    level = typed.start(1)
    steps: list[str | int] = []
    for dash in reversed(parse_line(lines[row]).dashes):
        steps.append(0)
        level = dash
    for line in _outside_blocks(lines, in_block, range(row - 1, -1, -1)):
        in_list = bool(steps) and steps[-1] == 0
        belongs = line.column < level or (in_list and line.column == level and not line.dashes)
        if line.key is not None and belongs:
            if line.value.strip():
                return None  # a line below a written value continues it
            steps.append(line.key)
            level = line.column
        for dash in reversed(line.dashes):
            if dash < level:
                steps.append(0)
                level = dash
    return KeyPlace(tuple(reversed(steps)), typed[1], _siblings(lines, in_block, row, typed.start(1)))


def _siblings(lines: Sequence[str], in_block: Sequence[bool], row: int, column: int) -> frozenset[str]:
    """The keys in the same mapping as a place."""
    found: set[str] = set()
    if not parse_line(lines[row]).dashes:
        for line in _outside_blocks(lines, in_block, range(row - 1, -1, -1)):
            if line.column < column:
                break
            if line.key is not None and line.column == column:
                found.add(line.key)
                if line.dashes:
                    break
    for line in _outside_blocks(lines, in_block, range(row + 1, len(lines))):
        if line.column < column or (line.dashes and line.dashes[0] < column):
            break
        if line.key is not None and line.column == column:
            found.add(line.key)
    return frozenset(found)


def _outside_blocks(lines: Sequence[str], in_block: Sequence[bool], rows: Iterable[int]) -> Iterator[Line]:
    for row in rows:
        text = lines[row].strip()
        if text and not text.startswith("#") and not in_block[row]:
            yield parse_line(lines[row])


def parse_line(line: str) -> Line:
    match = _OPENERS.match(line)
    assert match is not None, "the pattern matches any line"
    dashes = tuple(column for column in range(match.start(1), match.end(1)) if line[column] == "-")
    return Line(dashes, match.end(1), match[2], match[3] or "")


def next_gap(lines: Sequence[str], in_block: Sequence[bool], row: int) -> int | None:
    """The row of the next key or item without a value, cyclically; None if there is none.

    Keys that open a list or a mapping do not count.
    """
    gaps = []
    for number, line in enumerate(lines):
        key = parse_line(line).key
        if line.strip() == "-" and not in_block[number]:
            gaps.append(number)
        if in_block[number] or key is None or not _EMPTY.match(line) or _CONTAINERS.match(key):
            continue
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if not below.strip() or parse_line(below).dashes or len(below) - len(below.lstrip()) <= parse_line(line).column:
            gaps.append(number)
    return next((gap for gap in gaps if gap > row), gaps[0] if gaps else None)


def indent_below(line: str, in_block: bool) -> int:
    """The indentation of a new line below another: deeper if that one's value is still missing."""
    if in_block:
        return len(line) - len(line.lstrip(" "))
    found = parse_line(line)
    if found.key is None:
        return found.column if found.dashes else len(line) - len(line.lstrip(" "))
    return found.column + (2 if found.value.strip() in ("", "|", ">", "|-", ">-", "|+", ">+") else 0)
