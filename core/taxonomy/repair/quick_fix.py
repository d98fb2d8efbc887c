"""Mending one finding when a person asks: what its own hint says, where that is certain.

Unlike what is mechanical in `fix`, it changes what is read: text goes in quotes, a key gets its name. Just that one
value or key changes, or the mend is not made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from core.printable import printable
from core.taxonomy.format import hints, reader
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.edits import Edit, applied, offset_of
from core.taxonomy.format.positions import Parsed, Text, nodes
from core.taxonomy.format.scalars import quoted
from core.taxonomy.format.syntax import mistakes

_PROPERTIES = re.compile(r"(?:([&!])\S*[ \t]+)*")
_ANCHOR = re.compile(r"&\S+")
_COMMENTED = re.compile(r"[^#\n]*:[ \t]+(#[^\n]*)")


def is_certain(diagnostic: Diagnostic) -> bool:
    """Whether a finding's hint says all that is to be done."""
    return diagnostic.hint == hints.QUOTE_COMMENT or hints.is_mechanical(diagnostic.hint)


def quick_fix(text: str, path: Path, diagnostic: Diagnostic) -> str | None:
    """The text with one finding about it mended; None when that cannot be done."""
    if not is_certain(diagnostic):
        return None
    before = reader.parse(text, str(path))
    if isinstance(before, Diagnostic):
        if before != diagnostic:
            return None
        mended = (_with(text, edit) for edit in _of_line(Text(text).text, diagnostic))
        return next((fixed for fixed in mended if _reads_further(fixed, path, before)), None)
    fixed = _with(text, _of_value(before, diagnostic))
    after = reader.parse(fixed, str(path))
    return fixed if isinstance(after, Parsed) and _changes_one(before, after) and fixed != text else None


def _with(text: str, edit: Edit | None) -> str:
    return applied(text, [edit]) if edit else text


def _reads_further(text: str, path: Path, before: Diagnostic) -> bool:
    """Whether a text can be read, or at least beyond a finding: another mistake may stand further down."""
    after = reader.parse(text, str(path))
    return isinstance(after, Parsed) or after.line > before.line


def _of_line(source: str, diagnostic: Diagnostic) -> Iterator[Edit]:
    """The edits for a line that cannot be read."""
    start = offset_of(source, diagnostic.line, diagnostic.column)
    return (mend.edit for mend in mistakes.mends_of(source, start) if mend.hint == diagnostic.hint)


def _of_value(parsed: Parsed, diagnostic: Diagnostic) -> Edit | None:
    """The edit for a value or a key that is read as something else than was meant."""
    source = parsed.text.text
    start = offset_of(source, diagnostic.line, diagnostic.column)
    end = offset_of(source, diagnostic.end_line, diagnostic.end_column)
    if diagnostic.code == "unknown-key" and diagnostic.hint:
        written = source[start:end].strip("'\"")
        is_same = f"'{printable(written)}'" in diagnostic.message
        return (start, end, diagnostic.hint.split("'")[1]) if is_same else None
    if diagnostic.code == "comment-in-text":
        plain = (node for node in nodes(_root(parsed)) if isinstance(node, yaml.ScalarNode) and not node.style)
        begun = (node.start_mark.index for node in plain if _ends_before(source, node.end_mark.index, start))
        first = next(begun, None)
        return None if first is None else _quoted(source, first, end)
    if diagnostic.hint == hints.UNCOMMENT:
        comment = _COMMENTED.match(source, start)
        return (comment.start(1), comment.end(1), quoted(comment[1].rstrip())) if comment else None
    found = (node for node in nodes(_root(parsed)) if node.start_mark.index == start)
    wrong = any(isinstance(node, yaml.ScalarNode) and node.tag != "tag:yaml.org,2002:str" for node in found)
    return _quoted(source, start, end) if diagnostic.code == "type" and wrong else None


def _root(parsed: Parsed) -> yaml.Node:
    assert parsed.root is not None, "a finding about a value tells that there is one"
    return parsed.root


def _ends_before(source: str, end: int, comment: int) -> bool:
    return end < comment and not source[end:comment].strip()


def _quoted(source: str, start: int, end: int) -> Edit:
    """A value in quotes. Its anchor stays, and a tag goes, which would make it something else than text."""
    properties = _PROPERTIES.match(source, start)
    begun = min(properties.end(), end) if properties else start
    anchor = _ANCHOR.search(source, start, begun)
    value = source[begun:end]
    value = value if value[:1] in ("'", '"') else quoted(value.rstrip())
    return start, end, f"{anchor[0]} {value}" if anchor else value


def _changes_one(before: Parsed, after: Parsed) -> bool:
    """Whether two texts are read alike but for one value or key at most."""
    if len(after.duplicate_keys) > len(before.duplicate_keys):
        return False
    one, other = (list(nodes(_root(parsed))) for parsed in (before, after))
    if [type(node) for node in one] != [type(node) for node in other]:
        return False
    pairs = [pair for pair in zip(one, other, strict=True) if isinstance(pair[0], yaml.ScalarNode)]
    return sum((left.value, left.tag) != (right.value, right.tag) for left, right in pairs) <= 1
