"""Lines in the wrong column: YAML's parser may accept one, and fail at the next, which is right.

Which of two lines is wrong is decided by how far the text parses when the one or the other is moved.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from core.taxonomy.format import hints
from core.taxonomy.format.edits import indent_of, line_at
from core.taxonomy.format.syntax.candidates import Fix, Location, parsed_until

FURTHEST = 4
"""Number of columns that a line may be off."""

ONE_SPACE = "Leave one space after '-'."

_HEAD = re.compile(r"(?P<indent> *)(?:(?P<dashes>(?:-[ ]+)+)(?=\S)|(?P<key>[\w\"'-]+)[ ]*:(?:\s|$))")
"""Of an item, or of a key's line."""

_ITEM = re.compile(r"^ *- ", re.MULTILINE)


class _Move(NamedTuple):
    """A line moved to another column."""

    fix: Fix
    removes_spaces: bool = False
    """Whether only the spaces after its dash change."""


def fix_column(text: str, stop: int, noticed: int, opened: int) -> Fix | None:
    """The line in the wrong column because of which the parser failed at the one at `stop`.

    `noticed` is how far it read, and `opened` where the value begins that it was reading.
    """
    start = text.rfind("\n", 0, stop) + 1
    comments = _comments(text, start)
    if comments and parsed_until(text, comments.edit) > noticed:
        return comments
    right = _head(text, start)
    if right is None:
        return None
    best, furthest = None, noticed
    for line in _suspects(text, start, opened):
        head = _head(text, line)
        if head is None:
            continue
        moved = _moved(line, head, right)
        if moved is None:
            continue
        reached = parsed_until(text, moved.fix.edit)
        other = _moved(start, right, head)
        instead = parsed_until(text, other.fix.edit) if other else 0
        is_wrong = reached > instead or (reached == instead and moved.removes_spaces)
        if is_wrong and reached > furthest:
            best, furthest = moved.fix, reached
    return best


def _suspects(text: str, start: int, opened: int) -> list[int]:
    """Where the other lines start that may be wrong instead of the one that starts at an offset."""
    items = [match.start() for match in _ITEM.finditer(text, 0, start)][-1:]
    before = text.rfind("\n", 0, len(text[:start].rstrip())) + 1
    lines = dict.fromkeys([text.rfind("\n", 0, opened) + 1, before, *items])
    return [line for line in lines if line < start]


def _head(text: str, line: int) -> re.Match[str] | None:
    return _HEAD.match(line_at(text, line))


def _column(head: re.Match[str]) -> int:
    """Where the text of a line starts, after its dashes."""
    return len(head["indent"]) + len(head["dashes"] or "")


def _moved(line: int, head: re.Match[str], other: re.Match[str]) -> _Move | None:
    """A line moved to the column of another one."""
    indent, dashes = len(head["indent"]), head["dashes"] or ""
    at = line + indent
    end = at + len(dashes)
    end_of_head = at + (1 if dashes else len(head["key"]))
    location = Location(at, end_of_head, "this line is not in the column of the lines it belongs with")
    by = _column(other) - _column(head)
    if dashes.endswith("-" + " " * (1 - by)) and by < 0:
        return _Move(Fix((end + by, end, ""), ONE_SPACE, location), removes_spaces=True)
    if dashes and other["dashes"]:
        by = len(other["indent"]) - indent
        edit = (line, end, " " * (indent + by) + "- ")
        return _Move(Fix(edit, hints.INDENT, location)) if 0 < abs(by) <= FURTHEST else None
    is_off = 0 < abs(by) <= FURTHEST and indent + by >= 0
    return _Move(Fix((line, at, " " * (indent + by)), hints.INDENT, location)) if is_off else None


def _comments(text: str, start: int) -> Fix | None:
    """Comments above the line that starts at an offset, indented like the text around them."""
    indent = indent_of(line_at(text, start))
    first = line = start
    while line > 0:
        line = text.rfind("\n", 0, line - 1) + 1
        content = line_at(text, line)
        if content.lstrip(" ").startswith("#") and indent_of(content) < indent:
            first = line
        elif content.strip():
            break
    if first == start:
        return None
    lines = [f"{' ' * indent}{one.lstrip(' ')}" if one.strip() else one for one in text[first:start].split("\n")[:-1]]
    comment = line_at(text, first)
    location = Location(first + indent_of(comment), first + len(comment.rstrip()), "a comment ends the text here")
    hint = "Indent it like the text around it; a '#' further left starts a comment."
    return Fix((first, start, "\n".join([*lines, ""])), hint, location)
