"""Which leaves changed against a git base: what `taxonomy diff` checks and generation works on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.errors import LabtopError
from core.taxonomy import tree

if TYPE_CHECKING:
    from git import Repo

EMPTY_BASE = "empty"
"""The base against which every leaf is new."""

DEFAULT_BASE = "origin/main"
"""InstructLab's default."""


@dataclass(frozen=True)
class Changes:
    """Files of a taxonomy that differ from the base and exist, sorted; their paths count from the taxonomy's top."""

    leaves: tuple[str, ...]
    unused: tuple[str, ...]
    """Leaves in a folder that nothing is generated from."""
    misnamed: tuple[str, ...]
    """Files whose name is almost a leaf's."""
    new: frozenset[str] = frozenset()
    """Those that the base does not have."""


def changed_leaves(taxonomy: Path, base: str = DEFAULT_BASE) -> Changes:
    """What changed since the working tree's branch left `base`: untracked (and not ignored), staged, modified, renamed.

    With the base `empty` that is everything, and no git repository is needed. Raises LabtopError when there is no such
    taxonomy, repository or base.
    """
    if not taxonomy.is_dir():
        raise LabtopError(
            f"There is no taxonomy folder {taxonomy}.", hint="Give another with --taxonomy-path, or make one there."
        )
    changed = _all_files(taxonomy) if base == EMPTY_BASE else _changed_files(taxonomy, base)
    paths = [path for name in sorted(changed) if (path := PurePosixPath(name)) and (taxonomy / path).is_file()]
    leaves = [path for path in paths if tree.is_leaf(path)]
    return Changes(
        leaves=tuple(str(path) for path in leaves if tree.is_used(path)),
        unused=tuple(str(path) for path in leaves if path.parts[0] == tree.UNUSED_FOLDER),
        misnamed=tuple(str(path) for path in paths if tree.is_misnamed(path) and tree.is_used(path)),
        new=frozenset(str(path) for path in paths if changed[str(path)]),
    )


def _all_files(taxonomy: Path) -> dict[str, bool]:
    found = tree.find(taxonomy)
    return {path.relative_to(taxonomy).as_posix(): True for path in (*found.leaves, *found.misnamed)}


def _changed_files(taxonomy: Path, base: str) -> dict[str, bool]:
    """The files that differ from the base, and for each whether it is new."""
    repository = _open(taxonomy)
    try:
        fork = _fork_point(repository, base)
        # The taxonomy may be a folder of a larger repository; both commands count from where they run.
        git = type(repository.git)(str(taxonomy))
        changed = git.diff(fork, "--", ".", name_status=True, relative=True, no_renames=True, z=True).split("\0")
        untracked = git.ls_files("--", ".", others=True, exclude_standard=True, z=True)
    finally:
        repository.close()
    letters = dict(zip(changed[1::2], changed[::2], strict=False))  # a letter comes before each name
    return {
        **{name: letter == "A" for name, letter in letters.items() if letter != "D"},
        **{name: name not in letters for name in untracked.split("\0") if name},
    }


def _open(taxonomy: Path) -> Repo:
    try:
        import git  # a tenth of a second that lint of one file need not pay
    except ImportError:  # which is how it tells that there is no git program
        raise LabtopError("The program git is not installed.", hint="Install git, then try again.") from None
    try:
        repository = git.Repo(taxonomy, search_parent_directories=True)
    except (git.InvalidGitRepositoryError, git.NoSuchPathError):
        repository = None
    if repository is None or repository.bare:
        raise LabtopError(
            f"{taxonomy} is not in a git repository.",
            hint=f"Check every leaf with --taxonomy-base {EMPTY_BASE}, or make it a repository with: git init",
        )
    return repository


def _fork_point(repository: Repo, base: str) -> str:
    """The commit where HEAD left the base."""
    from git import GitCommandError

    if not base or base.startswith("-"):
        raise LabtopError(f"'{base}' cannot be a git base.", hint=_base_hint(repository))
    try:
        commit = repository.git.rev_parse(f"{base}^{{commit}}", verify=True, quiet=True)
    except GitCommandError as error:
        if "dubious ownership" in str(error.stderr):
            raise LabtopError(
                f"The taxonomy's repository {repository.working_dir} belongs to another user, so git does not read it.",
                hint=f"git config --global --add safe.directory {repository.working_dir}",
            ) from None
        raise LabtopError(
            f"The taxonomy's repository has no '{base}' to compare with.", hint=_base_hint(repository)
        ) from None
    try:
        return str(repository.git.merge_base(commit, "HEAD"))
    except GitCommandError:
        raise LabtopError(
            f"'{base}' and the current branch have no commit in common.", hint=_base_hint(repository)
        ) from None


def _base_hint(repository: Repo) -> str:
    local = "main" if any(head.name == "main" for head in repository.heads) else "BRANCH"
    return f"Compare with a local branch: --taxonomy-base {local}; or check every leaf: --taxonomy-base {EMPTY_BASE}"
