"""Linting a whole taxonomy in the background, in batches."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from core import paths
from core.errors import LabtopError
from core.taxonomy.authoring.git_view import GitView
from core.taxonomy.authoring.leaf_folders import LeafSize
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.seeds import read_seeds
from core.taxonomy.layout import tree
from core.taxonomy.lint import advise_file, lint_and_read, misnamed, unreadable
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import SecondPass

BATCH_SECONDS = 0.25
"""How long findings are gathered before they are handed on together."""

Sizes = dict[PurePosixPath, LeafSize]

Batch = Mapping[PurePosixPath, list[Diagnostic]]


def first_pass(root: Path, files: list[PurePosixPath], sizes: Sizes | None = None) -> Iterator[Batch]:
    """The findings of the schema and the style rules about files; the size of each leaf is added to `sizes`."""
    return _batches((file, _first_findings(root, file, {} if sizes is None else sizes)) for file in files)


def _first_findings(root: Path, file: PurePosixPath, sizes: Sizes) -> list[Diagnostic]:
    path = root / file
    if not tree.is_leaf(path):
        return [misnamed(path) if tree.is_misnamed(path) else unreadable(path)]
    found, value = lint_and_read(path)
    sizes[file] = LeafSize.of(read_seeds(value))
    return found


class WholeTree:
    """The second pass over all leaves, including the rules that compare leaves."""

    def __init__(
        self, root: Path, files: Sequence[PurePosixPath], options: AdviceOptions, git: GitView | LabtopError
    ) -> None:
        self._root = root
        states = git.states if isinstance(git, GitView) else {}
        # The older first: what two have in common is reported for the newer one.
        newness = {file: 2 if state == "untracked" else 1 for file, state in states.items()}
        self._files = sorted(filter(tree.is_leaf, files), key=lambda file: newness.get(file, 0))
        leaves = [root / file for file in self._files]
        self.second = SecondPass(options, paths.current().documents_cache_dir, leaves)
        """Compares a text that is being written with all leaves, once all findings were taken."""

    def findings(self) -> Iterator[Batch]:
        """The findings about the files on disk."""
        return _batches((file, advise_file(self._root / file, self.second)) for file in self._files)


def _batches(found: Iterator[tuple[PurePosixPath, list[Diagnostic]]]) -> Iterator[Batch]:
    batch: dict[PurePosixPath, list[Diagnostic]] = {}
    ends = time.monotonic() + BATCH_SECONDS
    for file, diagnostics in found:
        batch[file] = diagnostics
        if time.monotonic() > ends:
            yield batch
            batch, ends = {}, time.monotonic() + BATCH_SECONDS
    yield batch
