"""Where the parts of a YAML document are in its text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

import yaml

from core.taxonomy.format.diagnostics import START, Span
from core.taxonomy.format.edits import Edit, Replacement

MAX_BLOCK_SIGN = 10
"""Characters of the longest sign of a block, such as '|2-', and its line's end."""

_COMMENT = re.compile(r":?[ \t]+(#[^\n]*)")

ValuePath = Sequence[str | int]
"""From the top of the document: keys and indexes."""


class Text:
    """A text with newlines as line ends, whose offsets can be turned into lines and columns.

    libyaml's own lines are not used: it counts three Unicode characters as line ends that editors do not.
    """

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def span(self, start: int, end: int) -> Span:
        """The lines and columns of the characters from `start` up to `end`."""
        if start == end and self.text[start : start + 1] not in ("", "\n"):  # what can be seen can be marked
            end += 1
        return Span(*self._place(start), *self._place(end))

    def edit(self, replacement: Replacement) -> Edit:
        """A replacement by lines and columns."""
        start, end, new = replacement
        return Edit(*self._place(start), *self._place(end), new, self.text[start:end])

    def _place(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1


class Parsed:
    """A document's plain value, and where each part of it is."""

    def __init__(self, text: Text, value: Any, root: yaml.Node | None, duplicates: list[yaml.ScalarNode]) -> None:
        self.text = text
        self.value = value
        self.root = root
        self.duplicate_keys = duplicates
        """Keys that are repeated in their mapping; the last one counts."""
        self._indexes: dict[int, dict[Hashable, tuple[yaml.Node, yaml.Node]]] = {}

    def span(self, path: ValuePath) -> Span:
        """The span of the value at `path`; for a missing one, that of the nearest part around it."""
        key, node = self.find(path)
        if node is None:
            return START
        start, end = self.extent(node)
        if start == end and key is not None:  # nothing is written after the key
            start = key.start_mark.index
        return self._visible(start, end)

    def block(self, path: ValuePath) -> tuple[str, str] | None:
        """What begins the block text at `path`, such as '|' or '>-', and the text; None for any other value."""
        _, node = self.find(path)
        if not isinstance(node, yaml.ScalarNode) or node.style not in ("|", ">"):
            return None
        start = node.start_mark.index
        return self.text.text[start : start + MAX_BLOCK_SIGN].split(None, 1)[0], node.value

    def head_span(self, path: ValuePath) -> Span:
        """The span of the key of the value at `path`, or else of its first line."""
        key, node = self.find(path)
        if key is not None:
            return self.node_span(key)
        if node is None:
            return START
        start, end = self.extent(node)
        first = self.text.text[start:end].split("\n", 1)[0].rstrip()
        return self.text.span(start, start + len(first))

    def is_written(self, path: ValuePath) -> bool:
        """Whether anything is written as the value at `path`, such as `null`."""
        _, node = self.find(path)
        return node is not None and node.start_mark.index < node.end_mark.index

    def written_key(self, path: ValuePath) -> str | None:
        """The key of the value at `path` as it is written; it may be read as something other than text."""
        key, _ = self.find(path)
        return None if key is None else self.text.text[key.start_mark.index : key.end_mark.index]

    def inner_span(self, path: ValuePath, value: str, start: int, end: int) -> Span:
        """The span of a part of the text at `path`; the whole text if its words cannot be found in the file."""
        _, node = self.find(path)
        words = value[start:end].split()
        if node is None or not words:
            return self.span(path)
        pattern = re.compile(r"\s+".join(map(re.escape, words)))
        before = sum(1 for match in pattern.finditer(value, 0, end) if match.start() < start)
        found = islice(pattern.finditer(self.text.text, *self.extent(node)), before, None)
        match = next(found, None)
        return self.text.span(*match.span()) if match else self.span(path)

    def key_span(self, path: ValuePath) -> Span:
        """The span of the key of the value at `path`."""
        key, _ = self.find(path)
        return self.span(path) if key is None else self.node_span(key)

    def comment_after(self, path: ValuePath) -> tuple[int, int] | None:
        """Where a comment is on the line of the value at `path`, after one without quotes or none at all."""
        key, node = self.find(path)
        if key is None or not isinstance(node, yaml.ScalarNode) or node.style:
            return None
        if node.start_mark.index < key.end_mark.index:  # an alias's node is elsewhere
            return None
        found = _COMMENT.match(self.text.text, node.end_mark.index)
        return (found.start(1), found.start(1) + len(found[1].rstrip())) if found else None

    def node_span(self, node: yaml.Node) -> Span:
        """The span of a node."""
        return self._visible(*self.extent(node))

    def _visible(self, start: int, end: int) -> Span:
        """A span; for an empty one, the indicator that something should follow."""
        before = self.text.text[:start].rstrip(" ")
        if start == end and before.endswith(("-", "?")):
            start, end = len(before) - 1, len(before)
        return self.text.span(start, end)

    def find(self, path: ValuePath) -> tuple[yaml.Node | None, yaml.Node | None]:
        """The key (where there is one) and the value at a path."""
        key, node = None, self.root
        for step in path:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                key, node = None, node.value[step]
            elif isinstance(node, yaml.MappingNode) and step in (index := self._index(node)):
                key, node = index[step]
            else:
                break
        return key, node

    def _index(self, node: yaml.MappingNode) -> dict[Hashable, tuple[yaml.Node, yaml.Node]]:
        index = self._indexes.get(id(node))
        if index is None:
            index = {_read_key(pair[0]): pair for pair in node.value if isinstance(pair[0], yaml.ScalarNode)}
            self._indexes[id(node)] = index
        return index

    def extent(self, node: yaml.Node) -> tuple[int, int]:
        """The offsets of a node. A block's end mark is at the next token, so the end of its last part is used."""
        start, end = node.start_mark.index, node.end_mark.index
        last = node
        while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
            child = last.value[-1]
            child = child[1] if isinstance(child, tuple) else child
            if not start <= child.start_mark.index <= child.end_mark.index <= end:  # an alias's node is elsewhere
                break
            last, end = child, child.end_mark.index
        if last.start_mark.index < end:
            end = len(self.text.text[:end].rstrip())
        return start, max(start, end)


def nodes(root: yaml.Node) -> Iterator[yaml.Node]:
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


def _read_key(key: yaml.ScalarNode) -> Hashable:
    """What a key is read as: `yes` is true, and `0x10` is 16."""
    if key.tag == "tag:yaml.org,2002:str":
        return str(key.value)
    found: Hashable = yaml.constructor.SafeConstructor().construct_document(key)
    return found
