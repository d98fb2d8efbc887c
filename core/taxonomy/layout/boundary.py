"""Which files belong to a leaf's repository: links may lead from one to another, and nothing outside is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from core.taxonomy.layout.tree import KIND_FOLDERS


def left_by(path: Path) -> Path | None:
    """The folder that a path leaves through links; None when they stay in it, or there are none.

    It is the git repository or the taxonomy (which may itself be a link), else the file's own folder.
    """
    plain = os.path.abspath(path)  # noqa: PTH100 - Path.absolute keeps '..'
    real = os.path.realpath(path)
    if real == plain:
        return None
    folders = list(_around(Path(plain))) or [Path(plain).parent]
    if any(Path(real).is_relative_to(os.path.realpath(folder)) for folder in folders):
        return None
    return folders[0]


def _around(file: Path) -> Iterator[Path]:
    """The repository's top folder, and the taxonomy's."""
    for folder in file.parents:
        # Not pathlib, which raises an error for a folder that cannot be entered.
        if os.path.exists(folder / ".git") and not os.path.islink(folder):  # noqa: PTH110, PTH114
            yield folder
            break
    parts = file.parent.parts
    kinds = [index for index, part in enumerate(parts) if part in KIND_FOLDERS]
    if kinds:
        yield Path(*parts[: kinds[-1]])
