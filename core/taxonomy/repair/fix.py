"""Mechanical fixes of a leaf's text: white space, indentation, and `patterns` that is not a list.

The text is edited in place: comments and untouched lines stay byte for byte, with their line ends. What is read from it
stays the same, except that `patterns` becomes a list; a fix that would change more is not applied.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from core.taxonomy.format import reader, schema
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.edits import Replacement, applied, apply_edit, offset_of
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.scalars import escaped
from core.taxonomy.format.style import BLANK, INSTRUCTLAB, TRAILING
from core.taxonomy.repair.align import align, habits, placed_scalars
from core.taxonomy.repair.quick_fix import quick_fix

PATTERNS = "scalar-patterns"

FIXABLE = frozenset(
    {
        PATTERNS,
        "trailing-spaces",
        "new-line-at-end-of-file",
        "empty-lines",
        "indentation",
        "colons",
        "commas",
        "hyphens",
        "braces",
        "brackets",
    }
)
"""The codes of findings that can usually be fixed mechanically."""

_ESCAPED_SPACE = re.compile(r"(?<!\\)(?:\\\\)*\\(?=[ \t])")
_HEAD = re.compile(r"([|>])(\d?)[+-]?(\d?)")


def fixable(diagnostic: Diagnostic) -> bool:
    """Whether a finding is of a kind that is fixed mechanically, in all places at once."""
    return diagnostic.code in FIXABLE


def fixable_alone(diagnostic: Diagnostic) -> bool:
    """Whether a finding can usually be fixed when a person asks for that one."""
    return fixable(diagnostic) or diagnostic.fix is not None


def fix_text(text: str, path: Path) -> str:
    """A leaf's text with all mechanical fixes; the same text where none applies, or when it does not parse."""
    parsed = _parsed(text)
    # The order matters: a line of spaces becomes a blank line first, for example.
    for fixer in (_fix_patterns, _fix_trailing_spaces, _fix_blank_lines, _fix_layout, _fix_end):
        if parsed is not None:
            text, parsed = _apply(fixer, text, parsed, path)
    return text


def fix_one(text: str, path: Path, diagnostic: Diagnostic) -> str | None:
    """The text with one finding about it fixed; None when that is not possible.

    Unlike `fix_text` it also removes white space that belongs to a text of the leaf, and applies a finding's own fix
    even though that changes what is read, because a person asked for it.
    """
    if not fixable(diagnostic):
        return quick_fix(text, path, diagnostic)
    parsed = _parsed(text)
    if parsed is None or (diagnostic.code != PATTERNS and not _has_style(parsed)):
        return None
    source = parsed.text.text
    start = offset_of(source, diagnostic.line, diagnostic.column)
    match diagnostic.code:
        case "trailing-spaces" | "empty-lines":
            fixed_text = apply_edit(text, diagnostic.fix) if diagnostic.fix else None
            return fixed_text if fixed_text is not None and _parsed(fixed_text) is not None else None
        case "new-line-at-end-of-file":
            edits, value = _fix_end(parsed, path)
        case "scalar-patterns":
            edits, value = _fix_patterns(parsed, path)
        case _:
            edits, value = align(source, start), parsed.value
    fixed = _checked(text, edits, value)
    return fixed[0] if fixed else None


Fixer = Callable[[Parsed, Path], tuple[list[Replacement], Any]]
"""The edits of one kind that a text needs, and the value that is read from it afterwards."""


def _apply(fixer: Fixer, text: str, parsed: Parsed, path: Path) -> tuple[str, Parsed]:
    """The text after one kind of fix, and what is read from it."""
    if fixer is not _fix_patterns and not _has_style(parsed):
        return text, parsed
    edits, value = fixer(parsed, path)
    return _checked(text, edits, value) or (text, parsed)


def _checked(text: str, edits: list[Replacement], value: Any) -> tuple[str, Parsed] | None:
    """The edited text, if that value is what is then read from it."""
    if not edits:
        return None
    fixed = applied(text, edits)
    parsed = _parsed(fixed)
    return (fixed, parsed) if parsed is not None and repr(parsed.value) == repr(value) else None


def _parsed(text: str) -> Parsed | None:
    parsed = reader.parse(text)
    return parsed if isinstance(parsed, Parsed) and isinstance(parsed.value, dict) and parsed.value else None


def _has_style(parsed: Parsed) -> bool:
    """Whether the style rules apply to a leaf."""
    return schema.version_of(parsed.value) != 1


def _fix_layout(parsed: Parsed, path: Path) -> tuple[list[Replacement], Any]:
    return align(parsed.text.text), parsed.value


def _fix_trailing_spaces(parsed: Parsed, path: Path) -> tuple[list[Replacement], Any]:
    text = parsed.text.text
    kept = set(_kept_spaces(text)) if TRAILING.search(text) else set()
    return [(*match.span(), "") for match in TRAILING.finditer(text) if match.start() not in kept], parsed.value


def _fix_blank_lines(parsed: Parsed, path: Path) -> tuple[list[Replacement], Any]:
    text = parsed.text.text
    runs = list(_blank_runs(text))
    texts = list(_texts(text)) if runs else []
    starts = [start for start, _ in texts]
    edits = []
    for start, end, new in runs:
        at = bisect_left(starts, start) - 1
        if at < 0 or start >= texts[at][1]:
            edits.append((start, end, new))
    return edits, parsed.value


def _fix_end(parsed: Parsed, path: Path) -> tuple[list[Replacement], Any]:
    """A newline at the end. A block text that ends there would include it, unless its indicator says otherwise."""
    text = parsed.text.text
    if text.endswith("\n"):
        return [], parsed.value
    edits = [(len(text), len(text), "\n")]
    last = deque((token for token, _ in placed_scalars(text)), maxlen=1).pop()
    if last.style in ("|", ">") and last.end_mark.index == len(text):
        head = _HEAD.match(text, last.start_mark.index)
        assert head is not None, "a block begins with its indicator"
        edits.append((*head.span(), f"{head[1]}{head[2]}{head[3]}-"))
    return edits, parsed.value


def _fix_patterns(parsed: Parsed, path: Path) -> tuple[list[Replacement], Any]:
    problems = schema.check(parsed.value, schema.kind_of(path, parsed.value))
    if not any(problem.code == PATTERNS for problem in problems):
        return [], parsed.value
    return _patterns(parsed, path), _listed(parsed.value)


def _listed(value: Any) -> Any:
    """A leaf's value whose `patterns` is a list of one."""
    document = value.get("document")
    if not isinstance(document, dict) or not isinstance(document.get("patterns"), str):
        return value
    return {**value, "document": {**document, "patterns": [document["patterns"]]}}


def _patterns(parsed: Parsed, path: Path) -> list[Replacement]:
    """The edits that turn the text of `patterns` into a list in the style of the leaf's other lists."""
    text = parsed.text.text
    document = _pair(parsed.root, "document")
    pair = _pair(document[1], "patterns") if document else None
    if document is None or pair is None or not isinstance(pair[1], yaml.ScalarNode):
        return []
    inside, (key, node) = document[1], pair
    start, end = node.start_mark.index, node.end_mark.index
    gap = text[key.end_mark.index : start]
    if start < key.end_mark.index or not gap.lstrip().startswith(":"):  # an alias's node is elsewhere
        return []
    if isinstance(inside, yaml.MappingNode) and inside.flow_style:
        return [(start, start, "["), (end, end, "]")]
    spaces, indents_lists = habits(text)
    line = "\n" + " " * (key.start_mark.column + (spaces if indents_lists else 0)) + "- "
    colon = key.end_mark.index + gap.index(":") + 1
    if "\n" in text[start:end]:  # over several lines: as one line, in quotes
        if "#" in text[key.end_mark.index : end].split("\n")[0]:  # a comment would be lost
            return []
        ended = "\n" if text[end - 1] == "\n" else ""
        return [(colon, end, f'{line}"{escaped(node.value)}"{ended}')]
    return [(start, start, "- ")] if "\n" in gap else [(colon, start, line)]


def _pair(node: yaml.Node | None, name: str) -> tuple[yaml.ScalarNode, yaml.Node] | None:
    """The key of a mapping, and its value; the last one counts."""
    pairs = reversed(node.value) if isinstance(node, yaml.MappingNode) else ()
    return next(((key, value) for key, value in pairs if isinstance(key, yaml.ScalarNode) and key.value == name), None)


def _blank_runs(text: str) -> Iterator[Replacement]:
    """The blank lines that are too many."""
    for match in BLANK.finditer(text):
        allowed = 0 if match.start() == 0 or match.end() == len(text) else INSTRUCTLAB.blank_lines
        if len(match[0]) > allowed:
            yield match.start() + allowed, match.end(), ""


def _texts(text: str) -> Iterator[tuple[int, int]]:
    """The extents of texts over several lines, whose blank lines belong to them."""
    for token, _ in placed_scalars(text):
        start, end = token.start_mark.index, token.end_mark.index
        if token.style in ("|", ">") and "+" not in text[start:end].split("\n")[0]:
            end = start + len(text[start:end].rstrip("\n")) + 1  # the blank lines after it do not count
        if "\n" in text[start:end]:
            yield start, end


def _kept_spaces(text: str) -> Iterator[int]:
    """The offsets where white space at the end of a line belongs to a text of the leaf."""
    for token, column in placed_scalars(text):
        start, end = token.start_mark.index, token.end_mark.index
        if token.style == '"':
            yield from (start + match.end() for match in _ESCAPED_SPACE.finditer(text[start:end]))
        first = text.find("\n", start, end) + 1
        if token.style not in ("|", ">") or not first:
            continue
        head = _HEAD.match(text, start)
        counted = int(head[2] or head[3] or 0) if head else 0
        lines = text[first:end].split("\n")
        margins = (len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" "))
        margin = column + counted if counted else min(margins, default=end)
        for line in lines:
            bare = line.rstrip(" \t\v\f")
            if bare or line.strip(" ") or len(line) > margin:
                yield first + len(bare)
            first += len(line) + 1
