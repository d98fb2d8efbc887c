"""The files of a taxonomy at a branch or another revision, read from git's objects: nothing is checked out."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from core.errors import LabtopError
from core.printable import printable
from core.taxonomy.git.faults import fault_of, prefix_of
from core.taxonomy.git.process import GitFailed, run_git
from core.taxonomy.layout import tree

NAMED = 10
"""Branches that a message names."""


def commit_of(taxonomy: Path, revision: str) -> str:
    """The full name of the commit that a branch or revision names. Raises LabtopError with the branches there are."""
    prefix_of(taxonomy)  # reports a folder without a repository
    if revision and not revision.startswith("-"):
        try:
            found = run_git(taxonomy, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            return found.decode(errors="replace").strip()
        except GitFailed:
            pass
    names = branches(taxonomy)
    listed = ", ".join(names[:NAMED]) + (" and others" if len(names) > NAMED else "")
    raise LabtopError(
        f"The taxonomy {taxonomy} has no branch {revision!r}.",
        hint=f"Its branches are: {listed}." if names else "It has no commit yet: commit your leaves first.",
        code="no-branch",
    )


def branches(taxonomy: Path) -> list[str]:
    """The branches of a taxonomy's repository, local ones first; none without a repository."""
    try:
        listed = run_git(taxonomy, "for-each-ref", "refs/heads", "refs/remotes", "--format=%(refname:short)")
    except (GitFailed, LabtopError):
        return []
    return [printable(name) for name in listed.decode(errors="replace").splitlines() if name]


def leaf_files(taxonomy: Path, commit: str) -> dict[str, bytes]:
    """The content of every leaf's file at a commit, by its path below the taxonomy, sorted.

    Only those in folders that data is generated from.
    """
    prefix = prefix_of(taxonomy)
    try:
        listed = run_git(taxonomy, "ls-tree", "-r", "-z", "--full-tree", f"{commit}:{prefix}")
        found = {}
        for record in sorted(listed.split(b"\0")):
            about, _, name = record.partition(b"\t")
            path = name.decode(errors="surrogateescape")
            mode, kind, blob = about.split() if name else (b"", b"", b"")
            # Neither symbolic links nor submodules.
            if kind == b"blob" and mode != b"120000" and _is_used_leaf(path):
                found[path] = run_git(taxonomy, "cat-file", "blob", blob.decode())
    except GitFailed as error:
        raise fault_of(taxonomy, error) from None
    return found


def _is_used_leaf(path: str) -> bool:
    place = PurePosixPath(path)
    return tree.is_leaf(place) and tree.is_used(place)
