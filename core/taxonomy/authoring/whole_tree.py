"""Reading and linting a whole taxonomy away from the screen, in batches, and only what has changed since."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from core import paths
from core.errors import LabtopError
from core.taxonomy.authoring.git_view import GitView
from core.taxonomy.format import reader
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.format.positions import Parsed
from core.taxonomy.format.reader import read_text
from core.taxonomy.layout import tree
from core.taxonomy.lint import lint_file, misnamed, unreadable
from core.taxonomy.rules import across_leaves
from core.taxonomy.rules.options import AdviceOptions
from core.taxonomy.rules.second_pass import SecondPass

BATCH_SECONDS = 0.25
"""How long findings are gathered before they are told together."""

Batch = Mapping[PurePosixPath, list[Diagnostic]]


def first_pass(root: Path, files: list[PurePosixPath]) -> Iterator[Batch]:
    """What the schema and the style say of files."""
    return _batches((file, _first_findings(root / file)) for file in files)


def _first_findings(path: Path) -> list[Diagnostic]:
    if tree.is_leaf(path):
        return lint_file(path)
    return [misnamed(path) if tree.is_misnamed(path) else unreadable(path)]


class WholeTree:
    """The rules beyond the schema for all leaves, those that look across leaves included."""

    def __init__(
        self, root: Path, files: Sequence[PurePosixPath], options: AdviceOptions, git: GitView | LabtopError
    ) -> None:
        self._root = root
        states = git.states if isinstance(git, GitView) else {}
        # The older first: what two have in common is told of the newer one.
        newness = {file: 2 if state == "untracked" else 1 for file, state in states.items()}
        self._files = sorted(filter(tree.is_leaf, files), key=lambda file: newness.get(file, 0))
        self._rules = SecondPass(options, paths.current().documents_cache_dir)
        leaves = [root / file for file in self._files]
        self._collisions = {found.path: found for found in across_leaves.collisions(leaves, leaves, options)}

    def findings(self) -> Iterator[Batch]:
        """What they say of the files as they are on the disk."""
        return _batches((file, self._advice(self._root / file)) for file in self._files)

    def _advice(self, path: Path) -> list[Diagnostic]:
        text = read_text(path)
        parsed = text if isinstance(text, Diagnostic) else reader.parse(text, str(path))
        found = [] if isinstance(parsed, Diagnostic) else self._rules.findings(parsed, path)
        return [*found, *self._collision(path)]

    def _collision(self, path: Path) -> list[Diagnostic]:
        found = self._collisions.get(str(path))
        return [found] if found else []

    def across(self, parsed: Parsed, path: Path) -> list[Diagnostic]:
        """What a leaf that is being written has in common with the others; for once all findings were taken."""
        known = isinstance(parsed.value, dict)
        return [*(self._rules.repeated.seen(parsed, path) if known else ()), *self._collision(path)]


def _batches(found: Iterator[tuple[PurePosixPath, list[Diagnostic]]]) -> Iterator[Batch]:
    batch: dict[PurePosixPath, list[Diagnostic]] = {}
    ends = time.monotonic() + BATCH_SECONDS
    for file, diagnostics in found:
        batch[file] = diagnostics
        if time.monotonic() > ends:
            yield batch
            batch, ends = {}, time.monotonic() + BATCH_SECONDS
    yield batch
