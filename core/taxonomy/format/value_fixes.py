"""Edits that fix a value or a key of a leaf that parses: quotes around a text, the name of a key."""

from __future__ import annotations

import re

import yaml

from core.taxonomy.format.edits import Edit, Replacement, line_at
from core.taxonomy.format.positions import Parsed, ValuePath
from core.taxonomy.format.scalars import quoted

_PROPERTIES = re.compile(r"(?:([&!])\S*[ \t]+)*")
_ANCHOR = re.compile(r"&\S+")


def quote(source: str, start: int, end: int) -> Replacement:
    """Put a value in quotes. Its anchor stays; a tag, which would make it something other than text, is removed."""
    properties = _PROPERTIES.match(source, start)
    begun = min(properties.end(), end) if properties else start
    anchor = _ANCHOR.search(source, start, begun)
    value = source[begun:end]
    value = value if value[:1] in ("'", '"') else quoted(value.rstrip())
    return start, end, f"{anchor[0]} {value}" if anchor else value


def quote_value(parsed: Parsed, path: ValuePath) -> Edit | None:
    """Put the value at a path, which is read as something other than text, in quotes."""
    _, node = parsed.find(path)
    if not isinstance(node, yaml.ScalarNode) or node.tag == "tag:yaml.org,2002:str":
        return None
    return parsed.text.edit(quote(parsed.text.text, *parsed.extent(node)))


def quote_comment(parsed: Parsed, comment_start: int) -> Edit:
    """Make text of the comment at an offset, after a key without a value."""
    comment = line_at(parsed.text.text, comment_start)
    return parsed.text.edit((comment_start, comment_start + len(comment), quoted(comment.rstrip())))


def rename_key(parsed: Parsed, path: ValuePath, name: str) -> Edit | None:
    """Give the key of the value at a path another name; None for a key that is not written as it is read."""
    key, _ = parsed.find(path)
    if key is None:
        return None
    start, end = key.start_mark.index, key.end_mark.index
    written = parsed.text.text[start:end]
    is_plain = written.strip("'\"") == path[-1] or not isinstance(path[-1], str)
    return parsed.text.edit((start, end, name)) if is_plain else None
