"""Placeholders of a template that were not filled in, such as `<user-name>`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from core.taxonomy.format.seeds import ValuePath

_PLACEHOLDER = re.compile(r"<[^\W\d_][\w .-]*>")

_WITHIN = ("repo", "commit")
"""Values of `document` in which no part may be a placeholder: neither can contain such brackets."""

_WHOLE = ("created_by", "domain", "task_description", "document_outline")
"""Texts that may mention `<b>`, so that only a whole text counts."""


def placeholders(leaf: dict[str, Any]) -> Iterator[tuple[ValuePath, str]]:
    """The paths of placeholders outside a leaf's seed examples, and how these are written."""
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
