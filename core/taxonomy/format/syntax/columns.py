"""Lines in the wrong column: YAML's reader may take one, and stumble over the next that stands right.

Which of two lines is wrong shows by how far the text can be read when the one or the other is moved.
"""

from __future__ import annotations

import re

from core.taxonomy.format import hints
from core.taxonomy.format.edits import indent_of, line_at
from core.taxonomy.format.syntax.candidates import Mend, reach

FURTHEST = 4
"""Columns by which a line may be off."""

ONE_SPACE = "Leave one space behind '-'."

_HEAD = re.compile(r"(?P<indent> *)(?:(?P<dashes>(?:-[ ]+)+)(?=\S)|(?P<key>[\w\"'-]+)[ ]*:(?:\s|$))")
"""Of an item, or of a key's line."""

_ITEM = re.compile(r"^ *- ", re.MULTILINE)


def mend(text: str, stop: int, noticed: int, opened: int) -> Mend | None:
    """The line in the wrong column because of which the reader stumbled over the one at `stop`.

    `noticed` is how far it read, and `opened` where that began which it was reading.
    """
    start = text.rfind("\n", 0, stop) + 1
    comments = _comments(text, start)
    if comments and reach(text, comments.edit) > noticed:
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
        reached = reach(text, moved.edit)
        other = _moved(start, right, head)
        instead = reach(text, other.edit) if other else 0
        is_wrong = reached > instead or (reached == instead and moved.hint == ONE_SPACE)
        if is_wrong and reached > furthest:
            best, furthest = moved, reached
    return best


def _suspects(text: str, start: int, opened: int) -> list[int]:
    """Where the lines start that may be wrong in place of the one that starts at an offset."""
    items = [match.start() for match in _ITEM.finditer(text, 0, start)][-1:]
    before = text.rfind("\n", 0, len(text[:start].rstrip())) + 1
    lines = dict.fromkeys([text.rfind("\n", 0, opened) + 1, before, *items])
    return [line for line in lines if line < start]


def _head(text: str, line: int) -> re.Match[str] | None:
    return _HEAD.match(line_at(text, line))


def _column(head: re.Match[str]) -> int:
    """Where the text of a line starts, behind its dashes."""
    return len(head["indent"]) + len(head["dashes"] or "")


def _moved(line: int, head: re.Match[str], other: re.Match[str]) -> Mend | None:
    """A line as it would stand in the column of another one."""
    indent, dashes = len(head["indent"]), head["dashes"] or ""
    at = line + indent
    end = at + len(dashes)
    told = (at, at + (1 if dashes else len(head["key"])), "this is not in the column of what it belongs with")
    by = _column(other) - _column(head)
    if dashes.endswith("-" + " " * (1 - by)) and by < 0:
        return Mend((end + by, end, ""), ONE_SPACE, told)
    if dashes and other["dashes"]:
        by = len(other["indent"]) - indent
        return Mend((line, end, " " * (indent + by) + "- "), hints.INDENT, told) if 0 < abs(by) <= FURTHEST else None
    is_off = 0 < abs(by) <= FURTHEST and indent + by >= 0
    return Mend((line, at, " " * (indent + by)), hints.INDENT, told) if is_off else None


def _comments(text: str, start: int) -> Mend | None:
    """Comments before the line that starts at an offset, as the text within which they would be none."""
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
    told = (first + indent_of(comment), first + len(comment.rstrip()), "a comment ends the text here")
    hint = "Indent it like the text around it; a '#' further left starts a comment."
    return Mend((first, start, "\n".join([*lines, ""])), hint, told)
