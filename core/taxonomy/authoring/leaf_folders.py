"""The leaves of a taxonomy as nested folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.seeds import Seed
from core.taxonomy.layout.tree import LEAF_NAME
from core.taxonomy.rules.texts import count_words


@dataclass(frozen=True)
class Entry:
    """A folder or a leaf's file, with its path below the taxonomy."""

    path: PurePosixPath
    name: str
    """The name in the tree; a chain of folders that contain nothing else is one entry."""
    is_folder: bool


@dataclass(frozen=True)
class Counts:
    """Numbers of findings; those that are gaps count as neither errors nor warnings."""

    errors: int = 0
    warnings: int = 0
    gaps: int = 0
    """Values and examples that are still to be written."""

    @classmethod
    def of(cls, diagnostics: Iterable[Diagnostic], *, strict: bool = False) -> Counts:
        """Count findings; `strict` counts gaps by their severity, as the commands do."""
        kinds = Counter("gap" if found.gap and not strict else found.severity for found in diagnostics)
        return cls(kinds["error"], kinds["warning"], kinds["gap"])

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.errors + other.errors, self.warnings + other.warnings, self.gaps + other.gaps)

    def __sub__(self, other: Counts) -> Counts:
        return Counts(self.errors - other.errors, self.warnings - other.warnings, self.gaps - other.gaps)


@dataclass(frozen=True, slots=True)
class LeafSize:
    """What is written in leaves: complete pairs, contexts, and the words of all texts."""

    contexts: int = 0
    pairs: int = 0
    words: int = 0

    @classmethod
    def of(cls, seeds: Iterable[Seed]) -> LeafSize:
        contexts = pairs = words = 0
        for seed in seeds:
            contexts += seed.context is not None
            pairs += sum(pair.question is not None and pair.answer is not None for pair in seed.pairs)
            words += sum(count_words(text.text) for text in seed.texts)
        return cls(contexts, pairs, words)

    def __add__(self, other: LeafSize) -> LeafSize:
        return LeafSize(self.contexts + other.contexts, self.pairs + other.pairs, self.words + other.words)


def leaves_below(files: Iterable[PurePosixPath]) -> Counter[PurePosixPath]:
    """The number of leaves below each folder, the taxonomy's own included."""
    return Counter(folder for file in files if file.name == LEAF_NAME for folder in file.parents[1:])


def entries_in(folder: PurePosixPath, files: Sequence[PurePosixPath]) -> list[Entry]:
    """The entries of a folder, given all files below the taxonomy: folders first, then leaves, each by name.

    A file named qna.yaml is shown by the name of its folder, any other by its own.
    """
    depth = len(folder.parts)
    folders, leaves = _split([file for file in files if file.parts[:depth] == folder.parts], depth)
    found = []
    for name, below in sorted(folders.items()):
        path, shown = folder / name, name
        inner, leaves_here = _split(below, depth + 1)
        while len(inner) == 1 and not leaves_here:  # a folder that contains only one folder is merged with it
            ((name, below),) = inner.items()
            path, shown = path / name, f"{shown}/{name}"
            inner, leaves_here = _split(below, len(path.parts))
        found.append(Entry(path, shown, is_folder=True))
    return [*found, *sorted(leaves, key=lambda entry: entry.name)]


def _split(files: Sequence[PurePosixPath], depth: int) -> tuple[dict[str, list[PurePosixPath]], list[Entry]]:
    """The files of each folder at `depth`, and the leaves directly at that depth."""
    folders: dict[str, list[PurePosixPath]] = {}
    leaves = []
    for file in files:
        rest = file.parts[depth:]
        if len(rest) > 2 or (len(rest) == 2 and rest[1] != LEAF_NAME):
            folders.setdefault(rest[0], []).append(file)
        elif len(rest) == 2 or rest[0] != LEAF_NAME or depth == 0:
            leaves.append(Entry(file, rest[0], is_folder=False))
    return folders, leaves
