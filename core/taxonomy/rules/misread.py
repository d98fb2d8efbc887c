"""Texts that YAML reads differently from how they are written: comments, anchors, tags and escapes in them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

import yaml

from core.taxonomy.format import hints, value_fixes
from core.taxonomy.format.diagnostics import Finding
from core.taxonomy.format.positions import Parsed, ValuePath

_TEXTS = ("task_description", "document_outline", "domain")
"""Keys of texts that a leaf has once."""

_BELOW = re.compile(r"[ \t]*\n( *)(#[^\n]*(?:\n\1 *#[^\n]*)*)")
_BELOW_BLOCK = re.compile(r"( *)(#[^\n]*(?:\n *(?:#[^\n]*)?)*)\n( *)[^\s#-]")
_HEADING = re.compile(r"#{2,6} +(?!-|[\w-]+:(?:\s|$))\S")
"""As in markdown, below the first level, which looks like any comment; but no line of YAML that was switched off."""

_ALIAS = re.compile(r"\*([\w-]+)")
_PROPERTY = re.compile(r"&([\w-]+)|!(?=\s)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|\t(?=imes\b|heta\b|ext\{)|\n(?=abla\b|eq\b)")
"""Characters that nobody means; some with what is left of a LaTeX command such as `\\times`."""


def misread(parsed: Parsed, seed_texts: Iterable[ValuePath]) -> Iterator[Finding]:
    """Where parts of a leaf's texts are not read as text, or as other text."""
    if not any(sign in parsed.text.text for sign in ("#", " &", " ! ", "\\")):
        return
    value = parsed.value
    once: list[ValuePath] = [(name,) for name in _TEXTS if isinstance(value.get(name), str)]
    aliased = set(_ALIAS.findall(parsed.text.text))
    for path in [*once, *seed_texts]:
        key, node = parsed.find(path)
        # An alias's node is elsewhere.
        if key is not None and isinstance(node, yaml.ScalarNode) and node.start_mark.index >= key.end_mark.index:
            yield from _comments(parsed, path, key, node)
            yield from _garbled(parsed, node, aliased)


def _comments(parsed: Parsed, path: ValuePath, key: yaml.Node, node: yaml.ScalarNode) -> Iterator[Finding]:
    """Comments that may be meant as text, unlike one above a key in the same column."""
    source, end = parsed.text.text, node.end_mark.index
    if not node.style:
        comment = parsed.comment_after(path)
        if comment is None and (below := _BELOW.match(source, end)) and len(below[1]) > _column(source, key):
            comment = _extent(below)
        if comment:
            message = "the text after '#' is a comment"
            fix = parsed.text.edit(value_fixes.quote(source, node.start_mark.index, comment[1]))
            yield Finding(parsed.text.span(*comment), "comment-in-text", message, hints.QUOTE_COMMENT, fix=fix)
    elif node.style in "|>":
        found = _BELOW_BLOCK.match(source, end)
        if found and (len(found[1]) > _column(source, key) or _is_heading(found, _column(source, key))):
            message = "this is a comment, not a part of the text above"
            hint = "If it is meant as text, indent it like the text."
            yield Finding(parsed.text.span(*_extent(found)), "comment-in-text", message, hint)


def _is_heading(found: re.Match[str], margin: int) -> bool:
    """Whether a comment further left than the keys around it looks like markdown."""
    return len(found[1]) < margin == len(found[3]) and bool(_HEADING.match(found[2]))


def _garbled(parsed: Parsed, node: yaml.ScalarNode, aliased: Collection[str]) -> Iterator[Finding]:
    source, start = parsed.text.text, node.start_mark.index
    if node.style == '"' and _CONTROL.search(node.value):
        message = "a '\\' in double quotes turns what follows it into a control character"
        hint = "Write two backslashes for one, or use single quotes."
        yield Finding(parsed.node_span(node), "garbled-text", message, hint)
    found = None if node.style else _PROPERTY.match(source, start)
    if found and found[1] not in aliased:
        message = f"'{found[0]}' is {'an anchor' if found[1] else 'a tag'}, not text"
        hint = "If it is meant as text, put it in quotes, including all that follows."
        yield Finding(parsed.text.span(*found.span()), "garbled-text", message, hint)


def _extent(comment: re.Match[str]) -> tuple[int, int]:
    return comment.start(2), comment.start(2) + len(comment[2].rstrip())


def _column(source: str, key: yaml.Node) -> int:
    start: int = key.start_mark.index
    return start - source.rfind("\n", 0, start) - 1
