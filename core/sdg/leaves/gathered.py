"""What data is generated from, and which leaves are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.taxonomy.format.leaf import Leaf
from core.taxonomy.layout.tree import find


@dataclass(frozen=True)
class LeftOut:
    """A changed leaf whose documents cannot be used."""

    path: str
    message: str
    hint: str | None

    def to_data(self) -> dict[str, str | None]:
        return {"leaf": self.path, "message": self.message, "hint": self.hint}


@dataclass(frozen=True)
class Gathered:
    """What data is generated from."""

    leaves: tuple[Leaf, ...]
    left_out: tuple[LeftOut, ...] = ()


def left_out_message(paths: Sequence[str]) -> str:
    """A sentence that names the leaves that were left out."""
    return f"{f'{len(paths)} leaves are' if len(paths) > 1 else '1 leaf is'} left out: {', '.join(paths)}."


LEFT_OUT_HINT = "The data of the other leaves is written. See what is wrong with: labtop taxonomy docs"


def leaf_file(taxonomy: Path, name: str) -> Path | None:
    """The file of the leaf with a name as `leaf_names` makes it; None if the taxonomy has none, or several."""
    files = [file for file in find(taxonomy).leaves if _stem(file.parent.relative_to(taxonomy).as_posix()) == name]
    return files[0] if len(files) == 1 else None


def _stem(path: str) -> str:
    return path.strip("/").replace("/", "_")


def leaf_names(leaves: Iterable[Leaf]) -> list[str]:
    """A file name's stem for each leaf: its path with underscores, numbered where two would be the same."""
    names: list[str] = []
    for leaf in leaves:
        stem = _stem(leaf.path)
        name, number = stem, 1
        while name in names:
            number += 1
            name = f"{stem}_{number}"
        names.append(name)
    return names
