"""The git state of a taxonomy's leaves, its branch, and how many leaves differ from the base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from core.errors import LabtopError
from core.taxonomy.format.diagnostics import Diagnostic
from core.taxonomy.git.changes import changed_leaves
from core.taxonomy.git.repository import Repository
from core.taxonomy.layout import tree
from core.taxonomy.rules import across_leaves
from core.taxonomy.rules.options import AdviceOptions


@dataclass(frozen=True)
class GitView:
    """What git says of a taxonomy."""

    branch: str | None
    """None when a commit is checked out, and not a branch."""
    states: Mapping[PurePosixPath, str]
    """By leaf's file; those that are as they were committed are left out."""
    changed: int | None
    """Leaves that differ from the base; None when there is no such base."""
    too_many: Diagnostic | None
    """What lint says of their number."""

    @classmethod
    def of(cls, root: Path, base: str, options: AdviceOptions) -> GitView | LabtopError:
        """Or why git cannot tell."""
        try:
            repository = Repository(root)
            states = repository.leaf_states()
            branch = repository.branch()
        except LabtopError as error:
            return error
        try:
            changed = list(changed_leaves(root, base).leaves)
        except LabtopError:
            changed = None
        too_many = next(across_leaves.many_changes(changed or [], options), None)
        files = {PurePosixPath(folder, tree.LEAF_NAME): state for folder, state in states.items()}
        return cls(branch, files, None if changed is None else len(changed), too_many)
