"""Which leaves changed against a git base: what `taxonomy diff` checks and data is generated from."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.errors import LabtopError
from core.taxonomy.git.faults import fault_of, prefix_of
from core.taxonomy.git.process import GitFailed
from core.taxonomy.layout import tree
from core.taxonomy.layout.root import check_top

if TYPE_CHECKING:
    from core.taxonomy.git.gitpython import GitCommands

EMPTY_BASE = "empty"
"""The base against which every leaf is new."""

DEFAULT_BASE = "origin/main"
"""InstructLab's default."""


@dataclass(frozen=True)
class Changes:
    """Existing files of a taxonomy that differ from the base, sorted; their paths are relative to the taxonomy."""

    leaves: tuple[str, ...]
    unused: tuple[str, ...]
    """Leaves that no data is generated from, because of the top-level folder that they are in."""
    misnamed: tuple[str, ...]
    """Files whose name is almost a leaf's."""
    unreadable: tuple[str, ...] = ()
    """Folders that cannot be read, so that leaves in them are not known to have changed."""
    new: frozenset[str] = frozenset()
    """Those that the base does not have."""


def changed_leaves(taxonomy: Path, base: str = DEFAULT_BASE) -> Changes:
    """What changed since the working tree's branch left `base`: untracked (and not ignored), staged, modified, renamed.

    With the base `empty` that is everything, and no git repository is needed. Raises LabtopError when there is no such
    taxonomy, repository or base, or the folder is a part of a taxonomy.
    """
    check_top(taxonomy)
    found = tree.find(taxonomy)
    if base != EMPTY_BASE:
        _check_repositories(found, taxonomy)
    changed = _all_files(found, taxonomy) if base == EMPTY_BASE else _changed_files(taxonomy, base)
    there = (name for name in sorted(changed) if os.path.isfile(taxonomy / name))  # noqa: PTH113 - raises no error
    paths = list(map(PurePosixPath, there))
    unreadable = (PurePosixPath(folder.relative_to(taxonomy)) for folder in found.unreadable)
    leaves = [path for path in paths if tree.is_leaf(path)]
    return Changes(
        leaves=tuple(str(path) for path in leaves if tree.is_used(path)),
        unused=tuple(str(path) for path in leaves if not tree.is_used(path) and not path.parts[0].startswith(".")),
        misnamed=tuple(str(path) for path in paths if tree.is_misnamed(path) and tree.is_used(path)),
        unreadable=tuple(str(folder) for folder in unreadable if tree.holds_leaves(folder)),
        new=frozenset(str(path) for path in paths if changed[str(path)]),
    )


def _check_repositories(found: tree.Found, taxonomy: Path) -> None:
    """Raises LabtopError for a repository in the taxonomy with leaves in it: git compares no files in it from outside.

    One that is next to the taxonomy's own folders does not matter.
    """
    is_top = any((taxonomy / kind).is_dir() for kind in tree.KIND_FOLDERS)
    for repository in found.repositories:
        leaves = [leaf.relative_to(taxonomy) for leaf in found.leaves if leaf.is_relative_to(repository)]
        if leaves and (not is_top or any(map(tree.is_used, leaves))):
            hint = f"Check every leaf: --taxonomy-base {EMPTY_BASE}"
            if any((repository / kind).is_dir() for kind in tree.KIND_FOLDERS):
                hint = f"Give it as the taxonomy: --taxonomy-path {shlex.quote(str(repository))}"
            raise LabtopError(
                f"What changed in {repository} cannot be seen from {taxonomy}: it is a git repository of its own, "
                "such as a submodule.",
                hint=hint,
            )


def _all_files(found: tree.Found, taxonomy: Path) -> dict[str, bool]:
    return {path.relative_to(taxonomy).as_posix(): True for path in (*found.leaves, *found.misnamed)}


def _changed_files(taxonomy: Path, base: str) -> dict[str, bool]:
    """The files that differ from the base, and for each whether it is new."""
    try:
        prefix_of(taxonomy)  # also raises an error without git, where GitPython cannot be imported

        from core.taxonomy.git.gitpython import GitCommands  # takes a tenth of a second, which lint of one file saves

        git = GitCommands(taxonomy)
        fork = _fork_point(git, taxonomy, base)
        listed = git.diff(fork, "--", ".", name_status=True, relative=True, no_renames=True, z=True)
        untracked = git.ls_files("--", ".", others=True, exclude_standard=True, z=True)
    except GitFailed as error:
        fault = fault_of(taxonomy, error)
    except LabtopError as error:
        fault = error
    else:
        changed = listed.split("\0")
        letters = dict(zip(changed[1::2], changed[::2], strict=False))  # a letter comes before each name
        return {
            **{name: letter == "A" for name, letter in letters.items() if letter != "D"},
            **{name: name not in letters for name in untracked.split("\0") if name},
        }
    hint = (fault.hint or "Repair the repository").removesuffix(".")
    raise LabtopError(fault.message, hint=f"{hint}; or check every leaf: --taxonomy-base {EMPTY_BASE}")


def _fork_point(git: GitCommands, taxonomy: Path, base: str) -> str:
    """The common ancestor of HEAD and the base."""
    if not base or base.startswith("-"):
        raise LabtopError(f"'{base}' is not a git revision.", hint=_base_hint(git, base))
    commits = [_resolved(git, f"{name}^{{commit}}") for name in (base, "HEAD")]
    if not commits[1]:
        if _resolved(git, "HEAD"):
            raise GitFailed("the checked-out commit does not exist")
        raise LabtopError(
            f"The repository of {taxonomy} has no commit yet, so there is nothing to compare with.",
            hint="Create a first commit",
        )
    if not commits[0]:
        raise LabtopError(f"The taxonomy's repository has no '{base}' to compare with.", hint=_base_hint(git, base))
    try:
        return str(git.merge_base(*commits))
    except GitFailed as error:
        if error.output.strip():
            raise
    raise LabtopError(f"'{base}' and the current branch have no commit in common.", hint=_base_hint(git, base))


def _resolved(git: GitCommands, name: str) -> str:
    """The full name of an object; empty when there is none with that name."""
    try:
        return str(git.rev_parse(name, verify=True, quiet=True))
    except GitFailed:
        return ""


def _base_hint(git: GitCommands, base: str) -> str:
    """The name of a branch to compare with: neither the base that was given nor the one that is checked out."""
    listed = git.for_each_ref("refs/heads", "refs/remotes", format="%(HEAD)%(refname:short)").split("\n")
    names = [line[1:] for line in listed if not line.startswith("*") and line[1:] != base]  # '*' is checked out
    remote = [name for name in names if base and name.endswith(f"/{base.removeprefix('origin/')}")]
    usual = ("main", "master", "origin/main", "origin/master")
    other = next((name for name in (f"origin/{base}", *remote, *usual) if name in names), "BRANCH")
    return f"Compare with another branch: --taxonomy-base {other}"
