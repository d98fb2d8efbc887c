"""Which files of a folder are leaves, and which of them a taxonomy uses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from core.errors import LabtopError

Kind = Literal["knowledge", "compositional_skills"]

KINDS: tuple[Kind, ...] = ("compositional_skills", "knowledge")
"""The folders of knowledge and skills, which are also the names of the schemas."""

LEAF_NAME = "qna.yaml"
"""The name of every leaf's file."""

FOUNDATIONAL = "foundational_skills"
"""The folder of skills in mathematics, coding and reasoning: written and used like compositional skills.

Difference: InstructLab generates no data from it.
"""

KIND_FOLDERS = (*KINDS, FOUNDATIONAL)
"""The top-level folders of a taxonomy."""

NAMED_FOLDERS = "knowledge, compositional_skills or foundational_skills"
"""These folders in a sentence."""

KIND_WORDS = {"knowledge": "knowledge", "compositional_skills": "skill", FOUNDATIONAL: "foundational skill"}
"""What a leaf is called, by its top folder."""

MAKE_READABLE = "Check its owner and mode with ls -ld; if it is yours, chmod u+rx makes it readable."
"""What to do about a folder that cannot be read."""


@dataclass(frozen=True)
class Found:
    """The files of a folder that are leaves, those that may be meant as leaves, and the folders that may contain more.

    All are sorted.
    """

    leaves: tuple[Path, ...]
    misnamed: tuple[Path, ...]
    unreadable: tuple[Path, ...]
    """Folders that could not be read."""
    repositories: tuple[Path, ...] = ()
    """Git repositories below the folder, such as submodules."""


def is_leaf(path: PurePath) -> bool:
    return path.name == LEAF_NAME


def is_misnamed(path: PurePath) -> bool:
    """Whether a file's name differs from a leaf's only in its case or the spelling of its ending."""
    return not is_leaf(path) and path.name.casefold() in ("qna.yaml", "qna.yml")


def is_used(path: PurePath) -> bool:
    """Whether data is generated from a leaf with this path in a taxonomy."""
    return bool(path.parts) and path.parts[0] in KIND_FOLDERS


def top_of(path: PurePath) -> str:
    """The first folder of a path in a taxonomy; empty for a file at its top."""
    return path.parts[0] if len(path.parts) > 1 else ""


def unused_top(path: Path) -> str | None:
    """The folder at a taxonomy's top that keeps a leaf from being used: empty for a leaf at the top itself.

    None for one that is used, or where nothing shows where the taxonomy begins: a kind's folder, or git.
    """
    place = Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps '..'
    if any(part in KIND_FOLDERS for part in place.parts):
        return None
    for folder in place.parents:
        if any(os.path.exists(folder / name) for name in (*KIND_FOLDERS, ".git")):  # noqa: PTH110 - raises no error
            return top_of(place.relative_to(folder))
    return None


def holds_leaves(folder: PurePath) -> bool:
    """Whether a folder with this path in a taxonomy may contain leaves."""
    return not folder.parts or folder.parts[0] in KIND_FOLDERS


def find(folder: Path) -> Found:
    """All leaves below a folder. Hidden folders and symbolic links to folders are not entered."""
    leaves, misnamed, unreadable, repositories = [], [], [], []

    def failed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):  # deleted meanwhile
            unreadable.append(Path(error.filename))

    for parent, folders, names in os.walk(folder, onerror=failed):
        if not os.access(parent, os.X_OK):  # nothing in it can be opened
            unreadable.append(Path(parent))
            folders.clear()
            continue
        if (".git" in folders or ".git" in names) and Path(parent) != folder:
            repositories.append(Path(parent))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            if is_leaf(path):
                leaves.append(path)
            elif is_misnamed(path):
                misnamed.append(path)
    return Found(*(tuple(sorted(paths)) for paths in (leaves, misnamed, unreadable, repositories)))


def path_kind(path: Path) -> Literal["file", "folder"] | None:
    """What a path leads to; None for nothing. A broken link is a file.

    Raises LabtopError when a folder above cannot be entered.
    """
    try:
        if path.is_dir():
            return "folder"
        return "file" if path.exists() or path.is_symlink() else None
    except PermissionError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "A folder above it cannot be entered: namei -l shows which one, and its owner."
        raise LabtopError(f"{path} cannot be accessed: {reason}.", hint=hint) from None


def folders_below(taxonomy: Path, typed: str) -> list[str]:
    """The folders of a taxonomy whose paths start with what was typed."""
    parent, _, _ = typed.rpartition("/")
    top = taxonomy / parent
    if ".." in parent.split("/") or not top.is_dir():
        return []
    names = [entry.name for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False)]
    if not parent:
        names += KIND_FOLDERS
    paths = sorted({f"{parent}/{name}" if parent else name for name in names if not name.startswith(".")})
    return [path for path in paths if path.startswith(typed)]
