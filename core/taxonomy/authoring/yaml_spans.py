"""Splits YAML lines into parts for highlighting, by pattern, so that incomplete text is highlighted, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

Part = Literal["key", "mark", "comment", "quoted", "number", "block"]

PartSpan = tuple[int, int, Part]
"""Start and end column, from 0, and the kind of the part."""

_DASHES = re.compile(r"\s*((?:- +)*-(?= |$))?")
_KEY = re.compile(r" *([A-Za-z_][\w .-]*|\"[^\"]*\"|'[^']*')(:)(?=\s|$)")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*$")
_QUOTED = re.compile(r"\s*(\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?)")
_NUMBER = re.compile(r"\s*(-?\d[\d.]*|true|false|null|~)\s*(?:#.*)?$")
_OPENS = re.compile(r" *(?:(?:- +)+|(?:- +)*[^\s#][^#]*?: +)[|>][-+\d]*\s*(?:#.*)?$")
"""A line that ends with the indicator of a block scalar."""


def block_lines(lines: Sequence[str]) -> list[bool]:
    """For each line, whether it belongs to a block scalar, which starts below a line that ends with `|` or `>`."""
    inside = []
    opened: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if opened is not None and line.strip() and indent <= opened:
            opened = None
        inside.append(opened is not None)
        if opened is None and line.rstrip()[-1:] and _OPENS.match(line):
            opened = _block_column(line)
    return inside


def _block_column(line: str) -> int:
    """The column that a block's text is indented from: that of its key, or of its last dash."""
    match = re.match(r" *(?:- +)*", line)
    end = match.end() if match else 0
    return end if line[end : end + 1] not in "|>" else line.rindex("-", 0, end)


def part_spans(line: str, in_block: bool) -> Iterator[PartSpan]:
    """The parts of a line that are highlighted."""
    if in_block:
        if line:
            yield 0, len(line), "block"
        return
    if line.lstrip().startswith("#"):
        yield 0, len(line), "comment"
        return
    at = 0
    dashes = _DASHES.match(line)
    if dashes and dashes[1]:
        yield *dashes.span(1), "mark"
        at = dashes.end()
    key = _KEY.match(line, at)
    if key:
        yield *key.span(1), "key"
        yield *key.span(2), "mark"
        at = key.end()
    quoted = _QUOTED.match(line, at)
    number = _NUMBER.match(line, at)
    if quoted and quoted[1]:
        yield *quoted.span(1), "quoted"
        at = quoted.end()
    elif number:
        yield *number.span(1), "number"
    comment = _COMMENT.search(line, at)
    if comment:
        yield *comment.span(), "comment"
