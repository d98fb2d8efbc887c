"""The top folder of a taxonomy: paths in it are relative to that folder, and their first part is the kind."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from core.errors import LabtopError
from core.taxonomy.layout.tree import KIND_FOLDERS, MAKE_READABLE, find, path_kind


def check_top(taxonomy: Path) -> None:
    """Raises LabtopError when a folder cannot be read, belongs to git itself, or is only a part of a taxonomy."""
    if path_kind(taxonomy) != "folder":
        raise LabtopError(
            f"The taxonomy folder {taxonomy} does not exist.", hint="Give another with --taxonomy-path, or create it."
        )
    if not os.access(taxonomy, os.R_OK | os.X_OK):
        raise LabtopError(f"{taxonomy} cannot be read.", hint=MAKE_READABLE)
    _check_not_git_folder(taxonomy)
    top = _taxonomy_around(taxonomy)
    if top is not None:
        raise LabtopError(
            f"{taxonomy} is inside a taxonomy; its top folder is {top}.",
            hint=f"Use the top folder: --taxonomy-path {top}",
        )


def _check_not_git_folder(taxonomy: Path) -> None:
    place = taxonomy.resolve()
    git_folder = next((part for part in (place, *place.parents) if _is_git_folder(part)), None)
    if git_folder is None:
        return
    if git_folder.name == ".git":
        raise LabtopError(
            f"{taxonomy} contains git's own files.",
            hint=f"Use the folder around it: --taxonomy-path {git_folder.parent}",
        )
    raise LabtopError(
        f"{taxonomy} is a bare git repository, which has no working files.",
        hint=f"Clone it, and use the clone: git clone {shlex.quote(str(git_folder))} DIR",
    )


def _is_git_folder(folder: Path) -> bool:
    """Whether a folder has what git requires of a repository."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _taxonomy_around(folder: Path) -> Path | None:
    """The top folder of the taxonomy around a folder; None when it may be a top folder itself."""
    place = folder.resolve()
    if any((place / name).is_dir() for name in KIND_FOLDERS):
        return None
    for part in (place, *place.parents):
        if (part / ".git").exists():  # a taxonomy is within its repository
            return None
        if part.name in KIND_FOLDERS:
            return part.parent if find(place).leaves else None
    return None
