"""Which base suits a taxonomy that settings are made for."""

from __future__ import annotations

from pathlib import Path

from core.errors import LabtopError
from core.taxonomy.git.changes import DEFAULT_BASE, EMPTY_BASE
from core.taxonomy.git.faults import prefix_of
from core.taxonomy.git.process import GitFailed, run_git

OWN_BRANCH = "main"
"""The branch that a new taxonomy begins with."""


def usual_base(taxonomy: Path) -> str:
    """`origin/main` if the taxonomy has it, else its own `main`, else the branch that is checked out.

    `empty` for a folder that is not in a git repository.
    """
    try:
        prefix_of(taxonomy)
        listed = run_git(taxonomy, "for-each-ref", "refs/heads", "refs/remotes", "--format=%(refname:short)")
        branches = listed.decode(errors="replace").split("\n")
        for name in (DEFAULT_BASE, OWN_BRANCH):
            if name in branches:
                return name
        return run_git(taxonomy, "symbolic-ref", "--short", "HEAD").decode(errors="replace").strip()
    except (LabtopError, GitFailed):
        return EMPTY_BASE
