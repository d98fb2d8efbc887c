"""Which files of a folder are leaves, and which of them a taxonomy uses."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath

from core.taxonomy.schema import KINDS

LEAF_NAME = "qna.yaml"
"""The name of every leaf's file."""

UNUSED_FOLDER = "foundational_skills"
"""Stands in the community's taxonomy, but no tool generates from it."""

KIND_FOLDERS = (*KINDS, UNUSED_FOLDER)
"""The folders that stand at a taxonomy's top."""


@dataclass(frozen=True)
class Found:
    """The files of a folder that are leaves, sorted, and those that were perhaps meant to be."""

    leaves: tuple[Path, ...]
    misnamed: tuple[Path, ...]


def is_leaf(path: PurePath) -> bool:
    return path.name == LEAF_NAME


def is_misnamed(path: PurePath) -> bool:
    """Whether a file's name differs from a leaf's only in its case or the spelling of its ending."""
    return not is_leaf(path) and path.name.casefold() in ("qna.yaml", "qna.yml")


def is_used(path: PurePath) -> bool:
    """Whether data is generated from a leaf with this path, counted from the taxonomy's top."""
    return path.parts[0] in KINDS


def find(folder: Path) -> Found:
    """All leaves below a folder. Hidden folders and symbolic links to folders are not entered."""
    leaves, misnamed = [], []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            path = Path(parent, name)
            if is_leaf(path):
                leaves.append(path)
            elif is_misnamed(path):
                misnamed.append(path)
    return Found(tuple(sorted(leaves)), tuple(sorted(misnamed)))


def folders_below(taxonomy: Path, typed: str) -> list[str]:
    """The folders of a taxonomy, with their paths in it, that the beginning of such a path can stand for."""
    parent, _, _ = typed.rpartition("/")
    top = taxonomy / parent
    if ".." in parent.split("/") or not top.is_dir():
        return []
    names = [entry.name for entry in os.scandir(top) if entry.is_dir(follow_symlinks=False)]
    if not parent:
        names += KINDS
    paths = sorted({f"{parent}/{name}" if parent else name for name in names if not name.startswith(".")})
    return [path for path in paths if path.startswith(typed)]
