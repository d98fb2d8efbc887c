"""Texts that are read as something else than what seems to be written: YAML's signs and escapes take a part of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import yaml

from core.taxonomy.format import hints
from core.taxonomy.format.diagnostics import Span
from core.taxonomy.format.positions import Parsed, ValuePath

_TEXTS = ("task_description", "document_outline", "domain")
"""Keys of texts that stand in a leaf once."""

_BELOW = re.compile(r"[ \t]*\n( *)(#[^\n]*(?:\n\1 *#[^\n]*)*)")
_BELOW_BLOCK = re.compile(r"( *)(#[^\n]*(?:\n *(?:#[^\n]*)?)*)\n( *)[^\s#-]")
_HEADING = re.compile(r"#{2,6} +(?!-|[\w-]+:(?:\s|$))\S")
"""As in markdown, below the first level, which looks like any comment; but no line of YAML that was switched off."""

_ALIAS = re.compile(r"\*([\w-]+)")
_PROPERTY = re.compile(r"&([\w-]+)|!(?=\s)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|\t(?=imes\b|heta\b|ext\{)|\n(?=abla\b|eq\b)")
"""Characters that nobody means; some with what is left of a LaTeX command such as `\\times`."""


class Misread(NamedTuple):
    """A finding about how a text is written."""

    code: str
    span: Span
    message: str
    hint: str


def misread(parsed: Parsed, seed_texts: Iterable[ValuePath]) -> Iterator[Misread]:
    """Where parts of a leaf's texts are not read as text, or as other text."""
    if not any(sign in parsed.text.text for sign in ("#", " &", " ! ", "\\")):
        return
    value = parsed.value
    once: list[ValuePath] = [(name,) for name in _TEXTS if isinstance(value.get(name), str)]
    aliased = set(_ALIAS.findall(parsed.text.text))
    for path in [*once, *seed_texts]:
        key, node = parsed.find(path)
        # An alias's node stands elsewhere.
        if key is not None and isinstance(node, yaml.ScalarNode) and node.start_mark.index >= key.end_mark.index:
            yield from _comments(parsed, path, key, node)
            yield from _garbled(parsed, node, aliased)


def _comments(parsed: Parsed, path: ValuePath, key: yaml.Node, node: yaml.ScalarNode) -> Iterator[Misread]:
    """Comments that may be meant as text; one above a key, where the keys stand, is none of them."""
    source, end = parsed.text.text, node.end_mark.index
    if not node.style:
        span = None
        behind = parsed.comment_behind(path)
        if behind:
            span = parsed.text.span(*behind)
        elif (below := _BELOW.match(source, end)) and len(below[1]) > _column(source, key):
            span = _comment_span(parsed, below)
        if span:
            message = "what follows '#' is a comment, not text"
            yield Misread("comment-in-text", span, message, hints.QUOTE_COMMENT)
    elif node.style in "|>":
        found = _BELOW_BLOCK.match(source, end)
        if found and (len(found[1]) > _column(source, key) or _is_heading(found, _column(source, key))):
            message = "this is a comment, not a part of the text above"
            hint = "If it is meant as text, indent it like the text."
            yield Misread("comment-in-text", _comment_span(parsed, found), message, hint)


def _is_heading(found: re.Match[str], margin: int) -> bool:
    """Whether a comment further left than the keys around it looks like markdown."""
    return len(found[1]) < margin == len(found[3]) and bool(_HEADING.match(found[2]))


def _garbled(parsed: Parsed, node: yaml.ScalarNode, aliased: Collection[str]) -> Iterator[Misread]:
    source, start = parsed.text.text, node.start_mark.index
    if node.style == '"' and _CONTROL.search(node.value):
        message = "a '\\' in double quotes makes a control character of what follows it"
        yield Misread("garbled-text", parsed.node_span(node), message, "Write two for each, or take single quotes.")
    found = None if node.style else _PROPERTY.match(source, start)
    if found and found[1] not in aliased:
        message = f"'{found[0]}' is {'an anchor' if found[1] else 'a tag'}, not text"
        hint = "If it is meant as text, put it in quotes with all that follows."
        yield Misread("garbled-text", parsed.text.span(*found.span()), message, hint)


def _comment_span(parsed: Parsed, found: re.Match[str]) -> Span:
    return parsed.text.span(found.start(2), found.start(2) + len(found[2].rstrip()))


def _column(source: str, key: yaml.Node) -> int:
    start: int = key.start_mark.index
    return start - source.rfind("\n", 0, start) - 1
