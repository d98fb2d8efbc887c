"""What a template left for its user to fill in, such as `<user-name>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from core.taxonomy.format.seeds import ValuePath

_PLACEHOLDER = re.compile(r"<[^\W\d_][\w .-]*>")

_WITHIN = ("repo", "commit")
"""Values of `document` that are a placeholder even in part: neither can hold such brackets."""

_WHOLE = ("created_by", "domain", "task_description", "document_outline")
"""Texts that may speak of `<b>`, so that only all of one counts."""


def placeholders(leaf: dict[str, Any]) -> Iterator[tuple[ValuePath, str]]:
    """Where a leaf's values outside its seed examples are placeholders, and how these are written."""
    for key in _WHOLE:
        found = _PLACEHOLDER.fullmatch(text.strip()) if isinstance(text := leaf.get(key), str) else None
        if found:
            yield (key,), found[0]
    document = leaf.get("document")
    if not isinstance(document, dict):
        return
    values: list[tuple[ValuePath, Any]] = [(("document", key), document.get(key)) for key in _WITHIN]
    patterns = document.get("patterns")
    if isinstance(patterns, list):
        values += [(("document", "patterns", index), pattern) for index, pattern in enumerate(patterns)]
    for path, text in values:
        found = _PLACEHOLDER.search(text) if isinstance(text, str) else None
        if found:
            yield path, found[0]
