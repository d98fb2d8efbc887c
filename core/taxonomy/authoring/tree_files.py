"""The files of a taxonomy's tree, and when each was last written."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from core.taxonomy.layout import tree

Stamp = tuple[int, int]
"""A file's modification time in nanoseconds, and its size."""


def find_files(root: Path) -> list[PurePosixPath] | None:
    """The leaves' files below a taxonomy's folder, misnamed ones, and unreadable folders.

    None if the folder does not exist or cannot be read.
    """
    if not (os.access(root, os.R_OK | os.X_OK) and root.is_dir()):
        return None
    found = tree.find(root)
    paths = sorted([*found.leaves, *found.misnamed, *found.unreadable])
    return [PurePosixPath(path.relative_to(root)) for path in paths]


def stamps(root: Path, files: Sequence[PurePosixPath]) -> dict[PurePosixPath, Stamp]:
    """The stamp of each file or dangling link; missing files are omitted."""
    found = {}
    top = str(root)  # joined as strings for speed: this runs each second
    for file in files:
        path = f"{top}/{file}"
        try:
            state = os.stat(path)  # noqa: PTH116
        except OSError:
            if not os.path.islink(path):  # noqa: PTH114
                continue
            state = os.lstat(path)
        found[file] = (state.st_mtime_ns, state.st_size)
    return found
