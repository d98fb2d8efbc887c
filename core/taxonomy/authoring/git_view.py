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
    """The git state of a taxonomy."""

    branch: str | None
    """None for a detached HEAD."""
    states: Mapping[PurePosixPath, str]
    """State by leaf's file; unchanged leaves are omitted."""
    changed: int | None
    """Number of leaves that differ from the base; None if the base does not exist."""
    too_many: Diagnostic | None
    """The finding about this number, if it is too large."""

    @classmethod
    def of(cls, root: Path, base: str, options: AdviceOptions) -> GitView | LabtopError:
        """Read the state; return the error if git fails."""
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


def is_on_base(root: Path, base: str) -> bool:
    """Whether the base branch is checked out: a new leaf should then get a branch of its own."""
    try:
        branch = Repository(root).branch()
    except LabtopError:
        return False
    return branch is not None and (base == branch or base.endswith(f"/{branch}"))
