"""The folder that a taxonomy begins at: every path in it counts from there, and its kinds are told by that."""

from __future__ import annotations

from pathlib import Path

from core.errors import LabtopError
from core.taxonomy.tree import KIND_FOLDERS, find


def check_folder(taxonomy: Path) -> None:
    """Raises LabtopError when there is no such folder."""
    if not taxonomy.is_dir():
        raise LabtopError(
            f"There is no taxonomy folder {taxonomy}.", hint="Give another with --taxonomy-path, or make one there."
        )


def check_top(taxonomy: Path) -> None:
    """Raises LabtopError when there is no such folder, or its leaves would not count: it lies inside a taxonomy."""
    check_folder(taxonomy)
    top = _taxonomy_around(taxonomy)
    if top is not None:
        raise LabtopError(
            f"{taxonomy} lies inside a taxonomy, whose top is {top}.", hint=f"Give the top: --taxonomy-path {top}"
        )


def _taxonomy_around(folder: Path) -> Path | None:
    """The top of the taxonomy that a folder lies in; None when it may be a top itself."""
    place = folder.resolve()
    if any((place / name).is_dir() for name in KIND_FOLDERS):
        return None
    for part in (place, *place.parents):
        if (part / ".git").exists():  # a taxonomy does not reach out of its repository
            return None
        if part.name in KIND_FOLDERS:
            return part.parent if find(place).leaves else None
    return None
