"""YAML text to plain values with their positions, safely.

The text comes from anyone. libyaml first gives its events one by one, and the reader stops at the first sign of a
document that would cost too much (nodes, depth, aliases that multiply); only what passes is composed and constructed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import yaml

from core.printable import printable
from core.taxonomy.format.diagnostics import START, Finding, shown
from core.taxonomy.format.positions import Parsed, Text, nodes
from core.taxonomy.format.syntax import errors
from core.taxonomy.format.syntax.words import NO_TAB
from core.taxonomy.format.tokens import events, readable, tokens
from core.taxonomy.layout import boundary
from core.yaml_files import MAX_ALIAS_NODES, MAX_DEPTH, MAX_NUMBER

MAX_BYTES = 5_000_000
"""A leaf is some tens of kilobytes; the largest in the community's taxonomy has 37."""

MAX_LINES = 100_000
"""Finding a place in a text costs memory for each of its lines."""

MAX_NODES = 50_000
"""Values in a file; a leaf of 10 KB has a hundred. Bounds memory to some tens of megabytes."""

_DIGITS = re.compile(r"[-+]?[0-9][0-9_:.]*")
_AFTER_INDICATOR = re.compile(r"(?:[!&]\S* +)*([|>])[-+0-9]*(?:#| *(\t))")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_MISPLACED = re.compile("\t+|^\ufeff", re.MULTILINE)


def read_bytes(path: Path) -> bytes | Finding:
    """The content of a regular file, not much longer than MAX_BYTES, or why it cannot be read."""
    around = boundary.left_by(path)
    if around is not None:
        message = f"this link leads out of {printable(shown(str(around)))}, so the file is not read"
        return Finding(START, "unreadable", message, "Replace the link with a copy of the file.")
    try:
        # Without O_NONBLOCK, opening a pipe that is named like a leaf would block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return Finding(START, "unreadable", "this is not a regular file")
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        if error.errno == errno.ELOOP:
            reason = "its links form a circle"
        return Finding(START, "unreadable", f"the file cannot be read: {reason}")
    return data


def decode(data: bytes) -> str | Finding:
    """The text of a file's content, or a finding at the first byte that is not UTF-8."""
    if len(data) > MAX_BYTES:
        return _too_large()
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        text = Text(data[: error.start].decode() + "?")
        message = f"the file is not UTF-8: invalid byte 0x{data[error.start]:02x}"
        return Finding(text.span(len(text.text) - 1, len(text.text)), "encoding", message, "Save it as UTF-8.")


def read_text(path: Path) -> str | Finding:
    """A file's text, or the finding that says why it cannot be read."""
    data = read_bytes(path)
    return data if isinstance(data, Finding) else decode(data)


def parse(source: str) -> Parsed | Finding:
    """The value of a YAML document with its positions, or the finding that says why it does not parse."""
    if len(source) > MAX_BYTES:
        return _too_large()
    text = Text(source)
    if text.text.count("\n") > MAX_LINES:
        return _too_large(f"has more than {MAX_LINES:,} lines")
    if text.text.startswith("\ufeff"):  # libyaml skips it, other parsers read it as a part of the first key
        return Finding(text.span(0, 1), "syntax", "syntax error: a second byte order mark", "Delete it.")
    loader = root = None
    try:
        problem = _refusal(text)
        if problem:
            return problem
        found = _misplaced(text.text) if "\t" in text.text or "\ufeff" in text.text else None
        if found is not None:
            message, hint = "syntax error: a byte order mark", "Delete it."
            if text.text[found[0]] == "\t":
                said = "syntax error: found character '\\t' that cannot start any token"
                return Finding(text.span(*found), "syntax", NO_TAB, errors.NO_TABS, parser_message=said)
            return Finding(text.span(*found), "syntax", message, hint)
        is_for_libyaml = readable(text.text) == text.text
        loader = yaml.CSafeLoader(text.text) if is_for_libyaml else yaml.SafeLoader(text.text)
        root = loader.get_single_node()
        if root is None:
            return Parsed(text, None, None, [])
        duplicates = list(_duplicate_keys(root))  # before merge keys are written out into their mappings
        try:
            value = loader.construct_document(root)
        except (ValueError, OverflowError, AttributeError, TypeError, LookupError) as error:
            return errors.unconstructible(text, root, error)
        return Parsed(text, value, root, duplicates)
    except yaml.MarkedYAMLError as error:
        return errors.parse_error(text, error, root)
    except (yaml.YAMLError, UnicodeEncodeError):
        return errors.unprintable(text)
    finally:
        if loader is not None:
            loader.dispose()


def _too_large(how: str = f"is larger than {MAX_BYTES // 1_000_000} MB") -> Finding:
    return Finding(START, "too-large", f"the file {how}", "Long texts belong in documents, not in a leaf.")


def _refusal(text: Text) -> Finding | None:
    """A finding if the document would be too costly to build, contains itself, or is not the only one."""
    documents = nodes = alias_nodes = 0
    open_collections: list[tuple[yaml.CollectionStartEvent, int]] = []  # and the nodes before each
    sizes: dict[str, int] = {}  # of anchored values, aliases written out

    def place(event: yaml.Event) -> tuple[int, int]:
        assert event.start_mark is not None and event.end_mark is not None, "a parser marks all its events"
        return event.start_mark.index, event.end_mark.index

    def finding(event: yaml.Event, code: str, message: str, hint: str | None = None) -> Finding:
        return Finding(text.span(*place(event)), code, message, hint)

    for event in events(text.text):
        if isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if event.anchor:
                sizes[event.anchor] = 1
            if len(event.value) > MAX_NUMBER and _is_number(event):
                return errors.to_quote(text, place(event), "syntax error: this number is too long")
            if not event.style and "?" in event.value[1:] and open_collections and open_collections[-1][0].flow_style:
                # libyaml accepts it, other parsers do not
                message = "syntax error: a '?' between brackets needs quotes"
                return errors.to_quote(text, place(event), message)
            if event.style in ("|", ">") and event.start_mark:
                glued = _AFTER_INDICATOR.match(text.text, event.start_mark.index)  # and so do these
                if glued:
                    what, hint = (
                        ("a tab", "Delete it, or use a space.") if glued[2] else ("a '#'", "Add a space before it.")
                    )
                    message = f"syntax error: {what} directly after the '{glued[1]}'"
                    span = text.span(glued.end() - 1, glued.end())
                    return Finding(span, "syntax", message, hint)
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
                return finding(event, "alias", f"alias '{event.anchor}' is inside the value that it refers to")
            alias_nodes += sizes.get(event.anchor or "", 0)
            if alias_nodes > MAX_ALIAS_NODES:
                message = f"aliases expand to more than {MAX_ALIAS_NODES:,} values"
                return finding(event, "alias", message, "Write the values out.")
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                message = "syntax error: a second document starts here"
                return finding(event, "syntax", message, "A leaf is one document; remove the '---'.")
        if nodes > MAX_NODES:
            return finding(event, "too-large", f"the file holds more than {MAX_NODES:,} values")
    return None


def _is_number(event: yaml.ScalarEvent) -> bool:
    return event.tag == "tag:yaml.org,2002:int" or (not event.style and _DIGITS.fullmatch(event.value) is not None)


def _misplaced(text: str) -> tuple[int, int] | None:
    """Where there is a tab between tokens or in a plain scalar, or a byte order mark between tokens.

    libyaml accepts some of them, other parsers do not.
    """
    end = 0
    for token in tokens(text):
        plain = isinstance(token, yaml.ScalarToken) and token.plain
        stretch = text[end : token.end_mark.index if plain else token.start_mark.index]
        if "\t" in stretch or "\ufeff" in stretch:
            bare = _COMMENT.sub(lambda match: " " * len(match[0]), stretch)
            found = next(
                (m for m in _MISPLACED.finditer(bare) if m[0] != "\ufeff" or _starts_line(text, end + m.start())), None
            )
            if found:
                return end + found.start(), end + found.end()
        end = token.end_mark.index
    return None


def _starts_line(text: str, offset: int) -> bool:
    return offset == 0 or text[offset - 1] == "\n"


def _duplicate_keys(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    for node in nodes(root):
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                    if key.value in seen:
                        yield key
                    seen.add(key.value)
