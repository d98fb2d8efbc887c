"""YAML text to plain values with their positions, safely.

The text comes from anyone. libyaml first tells its events one by one, and the reader stops at the first sign of a
document that would cost too much (nodes, depth, aliases that multiply); only what passes is composed and constructed.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import yaml

from core.taxonomy.diagnostics import START, Diagnostic
from core.taxonomy.positions import Parsed, Text

MAX_BYTES = 5_000_000
"""A leaf is some tens of kilobytes; the largest in the community's taxonomy has 37."""

MAX_LINES = 100_000
"""Finding a place in a text costs memory for each of its lines."""

MAX_DEPTH = 100
"""Levels of nesting; a leaf has six, and Python's recursion limit lies far above."""

MAX_NODES = 50_000
"""Values in a file; a leaf of 10 KB has a hundred. Bounds memory to some tens of megabytes."""

MAX_ALIAS_NODES = 10_000
"""Values that aliases may add when written out; a few nested aliases can stand for billions."""

_CONFLICT = re.compile(r"^(?:<<<<<<<|=======|>>>>>>>)(?: .*)?$", re.MULTILINE)
_GLUED = re.compile(r"(?:[!&]\S* +)*[|>][-+0-9]*#")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_bytes(path: Path) -> bytes | Diagnostic:
    """The content of a regular file of a bearable size, or why it cannot be had."""
    try:
        # Without O_NONBLOCK, opening a pipe that is named like a leaf would wait for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Diagnostic.at(START, str(path), "unreadable", "this is not a regular file")
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return Diagnostic.at(START, str(path), "unreadable", f"the file cannot be read: {reason}")
    return data


def decode(data: bytes, path: str) -> str | Diagnostic:
    """The text of a file's content, or a finding at the first byte that is not UTF-8."""
    if len(data) > MAX_BYTES:
        return _too_large(path)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        text = Text(data[: error.start].decode() + "?")
        return Diagnostic.at(
            text.span(len(text.text) - 1, len(text.text)),
            path,
            "encoding",
            f"the file is not UTF-8: byte 0x{data[error.start]:02x} cannot be read",
            hint="Save it as UTF-8.",
        )


def parse(source: str, path: str) -> Parsed | Diagnostic:
    """The value of a YAML document with its positions; or one finding that says why there is none, and where."""
    if len(source) > MAX_BYTES:
        return _too_large(path)
    text = Text(source)
    if text.text.count("\n") > MAX_LINES:
        return _too_large(path, f"has more than {MAX_LINES:,} lines")
    if text.text.startswith("\ufeff"):  # libyaml would skip it, other readers take it for a part of the first key
        message = "syntax error: a second byte order mark stands here"
        return Diagnostic.at(text.span(0, 1), path, "syntax", message, hint="Delete it.")
    loader = None
    try:
        problem = _refusal(text, path)
        if problem:
            return problem
        tab = _misplaced_tab(text.text) if "\t" in text.text else None
        if tab is not None:
            message = "syntax error: found character '\\t' that cannot start any token"
            return Diagnostic.at(
                text.span(tab, tab + 1), path, "syntax", message, hint="Use spaces instead of the tab."
            )
        loader = yaml.CSafeLoader(text.text)
        root = loader.get_single_node()
        if root is None:
            return Parsed(text, None, None, [])
        duplicates = list(_duplicate_keys(root))  # before merge keys are written out into their mappings
        try:
            value = loader.construct_document(root)
        except (ValueError, OverflowError, AttributeError, TypeError, KeyError) as error:
            return _unconstructible(text, path, loader, root, error)
        return Parsed(text, value, root, duplicates)
    except yaml.MarkedYAMLError as error:
        return _syntax_error(text, path, error)
    except (yaml.YAMLError, UnicodeEncodeError):
        return _unprintable(text, path)
    finally:
        if loader is not None:
            loader.dispose()


def _too_large(path: str, how: str = f"is larger than {MAX_BYTES // 1_000_000} MB") -> Diagnostic:
    return Diagnostic.at(
        START, path, "too-large", f"the file {how}", hint="Long texts belong in documents, not in a leaf."
    )


def _refusal(text: Text, path: str) -> Diagnostic | None:
    """A finding if the document would be too costly to build, holds itself, or is not the only one."""
    documents = nodes = alias_nodes = 0
    open_collections: list[tuple[yaml.CollectionStartEvent, int]] = []  # and the nodes before each
    sizes: dict[str, int] = {}  # of anchored values, aliases written out

    def finding(event: yaml.Event, code: str, message: str, hint: str | None = None) -> Diagnostic:
        assert event.start_mark is not None and event.end_mark is not None, "a parser marks all its events"
        span = text.span(event.start_mark.index, event.end_mark.index)
        return Diagnostic.at(span, path, code, message, hint=hint)

    for event in yaml.parse(text.text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if event.anchor:
                sizes[event.anchor] = 1
            if not event.style and "?" in event.value[1:] and open_collections and open_collections[-1][0].flow_style:
                # libyaml lets it pass, other readers do not
                message = "syntax error: a '?' stands unquoted between brackets"
                return finding(event, "syntax", message, "Put the text in quotes.")
            if event.style in ("|", ">") and event.start_mark and _GLUED.match(text.text, event.start_mark.index):
                # and so is this
                message = f"syntax error: a '#' stands right behind the '{event.style}'"
                return finding(event, "syntax", message, "Put a space before the comment, or delete it.")
        elif isinstance(event, yaml.CollectionStartEvent):
            open_collections.append((event, nodes + alias_nodes))
            nodes += 1
            if len(open_collections) > MAX_DEPTH:
                return finding(event, "too-deep", f"values are nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            opened, before = open_collections.pop()
            if opened.anchor:
                sizes[opened.anchor] = nodes + alias_nodes - before
        elif isinstance(event, yaml.AliasEvent):
            if any(opened.anchor == event.anchor for opened, _ in open_collections):
                return finding(event, "alias", f"alias '{event.anchor}' stands inside the value that it refers to")
            alias_nodes += sizes.get(event.anchor or "", 0)
            if alias_nodes > MAX_ALIAS_NODES:
                message = f"aliases stand for more than {MAX_ALIAS_NODES:,} values"
                return finding(event, "alias", message, "Write the values out.")
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                message = "syntax error: a second document starts here"
                return finding(event, "syntax", message, "A leaf is one document; remove the '---'.")
        if nodes > MAX_NODES:
            return finding(event, "too-large", f"the file holds more than {MAX_NODES:,} values")
    return None


def _misplaced_tab(text: str) -> int | None:
    """Offset of a tab between tokens or in a plain scalar. libyaml lets some of them pass, other readers do not."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.CSafeLoader):
        plain = isinstance(token, yaml.ScalarToken) and token.plain
        stretch = text[end : token.end_mark.index if plain else token.start_mark.index]
        if "\t" in stretch:
            tab = _COMMENT.sub(lambda match: " " * len(match[0]), stretch).find("\t")
            if tab >= 0:
                return end + tab
        end = token.end_mark.index
    return None


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Each node once, in the text's order."""
    seen = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            waiting.extend(reversed(node.value))
        elif isinstance(node, yaml.MappingNode):
            waiting.extend(part for pair in reversed(node.value) for part in reversed(pair))


def _duplicate_keys(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    for node in _nodes(root):
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if key.value in seen:
                        yield key
                    seen.add(key.value)


def _syntax_error(text: Text, path: str, error: yaml.MarkedYAMLError) -> Diagnostic:
    conflict = _CONFLICT.search(text.text)
    if conflict:
        return Diagnostic.at(
            text.span(*conflict.span()),
            path,
            "merge-conflict",
            "syntax error: an unresolved merge conflict stands here",
            hint="Choose one side and delete the lines of <, = and > signs.",
        )
    mark = error.problem_mark or error.context_mark
    start = min(mark.index, len(text.text)) if mark else 0
    end = start + 1 if text.text[start : start + 1].strip() else start
    # PyYAML's own scanner, which the documents quote, words this one differently than libyaml.
    problem = (error.problem or "this cannot be read").replace("in this context", "here")
    hint = None
    if "mapping values" in problem:
        hint = "Text that holds ': ' goes in quotes, or on lines of its own below a '|'."
    elif "cannot start any token" in problem:
        hint = "Indent with spaces, not tabs; text that starts with a special character goes in quotes."
    return Diagnostic.at(text.span(start, end), path, "syntax", f"syntax error: {problem}", hint=hint)


def _unprintable(text: Text, path: str) -> Diagnostic:
    match = _UNPRINTABLE.search(text.text)
    start = match.start() if match else 0
    message = "syntax error: the text cannot be read"
    if match:
        message = f"syntax error: character U+{ord(match[0]):04X} is not allowed"
    return Diagnostic.at(text.span(start, start + 1), path, "syntax", message, hint="Delete it.")


def _unconstructible(text: Text, path: str, loader: yaml.CSafeLoader, root: yaml.Node, error: Exception) -> Diagnostic:
    """A finding at the value that looks like, say, a date but is none."""
    for node in _nodes(root):
        if isinstance(node, yaml.ScalarNode):
            try:
                loader.construct_object(node)
            except (ValueError, OverflowError, AttributeError, TypeError, KeyError):
                span = text.span(node.start_mark.index, node.end_mark.index)
                kind = node.tag.rpartition(":")[2]
                message = f"syntax error: this is no valid {kind}"
                return Diagnostic.at(span, path, "syntax", message, hint="Put it in quotes if it is meant as text.")
    return Diagnostic.at(START, path, "syntax", f"syntax error: {error}")
