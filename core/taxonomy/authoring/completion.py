"""Completes keys in a leaf, and folders in the path of a new leaf."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath, PurePosixPath

from core.taxonomy.authoring.cursor_place import KeyPlace
from core.taxonomy.format import schema
from core.taxonomy.layout.tree import KIND_FOLDERS, Kind

_VERSION = re.compile(r"^version: *(\d)", re.MULTILINE)


def known_keys(path: PurePath, text: str, place: KeyPlace) -> list[str]:
    """The schema's keys for a place that are not present yet."""
    kind: Kind = "knowledge" if "knowledge" in path.parts else "compositional_skills"
    version = _VERSION.search(text)
    keys = schema.keys_at(kind, int(version[1]) if version else schema.LATEST, place.path)
    return [key for key in keys if key not in place.present]


def folders_for(typed: str, leaves: Iterable[PurePosixPath]) -> Sequence[str]:
    """The taxonomy's folders that complete a typed path, one level deep, with a trailing slash."""
    above, _, begun = typed.rpartition("/")
    parts = PurePosixPath(above).parts if above else ()
    depth = len(parts)
    found = {
        leaf.parts[depth]
        for leaf in leaves
        if leaf.parts[:depth] == parts and len(leaf.parts) > depth + 2  # a leaf's own folder is taken
    }
    if not depth:
        found |= set(KIND_FOLDERS)
    prefix = f"{above}/" if above else ""
    return [f"{prefix}{name}/" for name in sorted(found) if name.startswith(begun)]
