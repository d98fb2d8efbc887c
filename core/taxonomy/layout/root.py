"""The folder that a taxonomy begins at: every path in it counts from there, and its kinds are told by that."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from core.errors import LabtopError
from core.taxonomy.layout.tree import KIND_FOLDERS, MAKE_READABLE, find, path_kind


def check_top(taxonomy: Path) -> None:
    """Raises LabtopError when there is no such folder to read, it is git's own, or its leaves would not count."""
    if path_kind(taxonomy) != "folder":
        raise LabtopError(
            f"There is no taxonomy folder {taxonomy}.", hint="Give another with --taxonomy-path, or make one there."
        )
    if not os.access(taxonomy, os.R_OK | os.X_OK):
        raise LabtopError(f"{taxonomy} cannot be read.", hint=MAKE_READABLE)
    _check_not_git_s(taxonomy)
    top = _taxonomy_around(taxonomy)
    if top is not None:
        raise LabtopError(
            f"{taxonomy} lies inside a taxonomy, whose top is {top}.", hint=f"Give the top: --taxonomy-path {top}"
        )


def _check_not_git_s(taxonomy: Path) -> None:
    place = taxonomy.resolve()
    git_s = next((part for part in (place, *place.parents) if _is_git_s(part)), None)
    if git_s is None:
        return
    if git_s.name == ".git":
        raise LabtopError(
            f"{taxonomy} is where git keeps its own files.",
            hint=f"Give the folder that it lies in: --taxonomy-path {git_s.parent}",
        )
    raise LabtopError(
        f"{taxonomy} is a bare git repository, which has no files to work on.",
        hint=f"Clone it, and take the clone: git clone {shlex.quote(str(git_s))} DIR",
    )


def _is_git_s(folder: Path) -> bool:
    """As git itself knows its folders."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


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
