"""Reading untrusted YAML, with limits: a few lines can expand to billions of values."""

from __future__ import annotations

from typing import Any

import yaml

MAX_BYTES = 5_000_000

MAX_DEPTH = 100
"""Levels of nesting; Python's recursion limit is far higher."""

MAX_NODES = 500_000
"""Values in a file."""

MAX_ALIAS_NODES = 10_000
"""Values that aliases may add when expanded; a few nested aliases can expand to billions."""

MAX_NUMBER = 4_300
"""Characters of a number: Python rejects more digits, and 1:1:1… would take hours."""


def load_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises yaml.YAMLError, also for a document that exceeds a limit or has a key twice in one mapping.
    """
    if len(text) > MAX_BYTES:
        raise yaml.YAMLError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
    _check(text)
    try:
        loader = yaml.CSafeLoader(text)
        root = loader.get_single_node()
        _reject_duplicate_keys(root)
        return None if root is None else loader.construct_document(root)
    except (ValueError, OverflowError, AttributeError, TypeError, LookupError, RecursionError) as error:
        raise yaml.YAMLError(str(error) or type(error).__name__) from error


def _check(text: str) -> None:
    nodes = alias_nodes = 0
    opened: list[tuple[str | None, int]] = []  # anchors, and the number of nodes before each
    sizes: dict[str, int] = {}  # of anchored values, with aliases expanded
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.ScalarEvent):
            nodes += 1
            if event.anchor:
                sizes[event.anchor] = 1
            if len(event.value) > MAX_NUMBER and not event.style and event.value[:1] in "+-.0123456789":
                raise yaml.YAMLError("a number in it is too long")
        elif isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, nodes + alias_nodes))
            nodes += 1
            if len(opened) > MAX_DEPTH:
                raise yaml.YAMLError(f"values are nested more than {MAX_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            if anchor:
                sizes[anchor] = nodes + alias_nodes - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in opened):
                raise yaml.YAMLError(f"alias '{event.anchor}' is inside the value that it refers to")
            alias_nodes += sizes.get(event.anchor or "", 0)
            if alias_nodes > MAX_ALIAS_NODES:
                raise yaml.YAMLError(f"aliases expand to more than {MAX_ALIAS_NODES:,} values")
        if nodes > MAX_NODES:
            raise yaml.YAMLError(f"it holds more than {MAX_NODES:,} values")


def _reject_duplicate_keys(root: yaml.Node | None) -> None:
    """PyYAML would take the last value of a key without a word."""
    nodes, visited = [root], set[int]()
    while nodes:
        node = nodes.pop()
        if id(node) in visited:  # by an alias
            continue
        visited.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            nodes.extend(value for _, value in node.value)
            keys = set[tuple[str, str]]()
            for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
                if (key.tag, key.value) in keys:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key '{key.value}' occurs twice", problem_mark=key.start_mark
                    )
                keys.add((key.tag, key.value))
