"""Applying a finding's own fix when a person asks for it.

Unlike the mechanical fixes of `fix`, it changes what is read: text is put in quotes, a key is renamed. Only that one
value or key changes, or the fix is not applied.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Diagnostic, Finding
from core.taxonomy.format.edits import apply_edit
from core.taxonomy.format.positions import Parsed, nodes


def quick_fix(text: str, path: Path, diagnostic: Diagnostic) -> str | None:
    """The text with one finding about it fixed; None when it has no fix, or its fix would do more than that."""
    fixed = apply_edit(text, diagnostic.fix) if diagnostic.fix else None
    if fixed is None or fixed == text:
        return None
    before, after = reader.parse(text), reader.parse(fixed)
    if isinstance(before, Finding):
        return fixed if Diagnostic.of(before, path) == diagnostic and _parses_further(before, after) else None
    return fixed if isinstance(after, Parsed) and _changes_one(before, after) else None


def _parses_further(before: Finding, after: Parsed | Finding) -> bool:
    """Whether a text parses, or at least beyond an error: there may be another mistake further down."""
    return isinstance(after, Parsed) or after.span.line > before.span.line


def _changes_one(before: Parsed, after: Parsed) -> bool:
    """Whether two texts are read as equal except for one value or key at most."""
    if len(after.duplicate_keys) > len(before.duplicate_keys):
        return False
    one, other = _nodes(before), _nodes(after)
    if [type(node) for node in one] != [type(node) for node in other]:
        return False
    pairs = [pair for pair in zip(one, other, strict=True) if isinstance(pair[0], yaml.ScalarNode)]
    return sum((left.value, left.tag) != (right.value, right.tag) for left, right in pairs) <= 1


def _nodes(parsed: Parsed) -> list[yaml.Node]:
    return [] if parsed.root is None else list(nodes(parsed.root))
