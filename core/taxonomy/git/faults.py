"""Why git does not read a taxonomy's repository, with what to do about it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from core.errors import LabtopError
from core.taxonomy.git.process import GitFailed, run_git

_INDEX = re.compile("index file|bad index|entries in index|bad signature")


def prefix_of(taxonomy: Path) -> str:
    """The path of a taxonomy in the working tree of its repository, with a slash at its end unless it is empty.

    Raises LabtopError when there is no such repository, or git does not read it.
    """
    try:
        answer = run_git(taxonomy, "rev-parse", "--show-prefix")
    except GitFailed as error:
        raise fault_of(taxonomy, error) from None
    return answer.decode(errors="surrogateescape").removesuffix("\n")


def fault_of(taxonomy: Path, error: GitFailed) -> LabtopError:
    """The error for a repository around a taxonomy with which a git command failed that should not."""
    place = shlex.quote(str(taxonomy))
    if "dubious ownership" in error.output:
        return LabtopError(
            f"The repository of {taxonomy} belongs to another user, so git does not read it.",
            hint=f"git config --global --add safe.directory {shlex.quote(str(taxonomy.resolve()))}",
        )
    if "not a git repository" in error.output:
        broken = next((part / ".git" for part in _upwards(taxonomy) if (part / ".git").exists()), None)
        if broken is None:
            return LabtopError(f"{taxonomy} is not in a git repository.", hint=f"Make it one: git init {place}")
        in_it = "It must name the repository's folder; git worktree repair, in the main working tree, restores it."
        in_head = "Its HEAD must name a branch, as in: ref: refs/heads/main; otherwise clone the repository again."
        return LabtopError(
            f"{broken} is damaged: git does not recognise it as a repository.",
            hint=in_it if broken.is_file() else in_head,
        )
    if _INDEX.search(error.output):
        return LabtopError(
            f"The index of the git repository of {taxonomy} is damaged: {error.reason}.",
            hint=f"Delete the file that this prints: git -C {place} rev-parse --git-path index; "
            f"then rebuild it, which does not touch your files: git -C {place} reset",
        )
    return LabtopError(
        f"Git cannot read the repository of {taxonomy}: {error.reason}.", hint=f"git -C {place} fsck shows more."
    )


def _upwards(folder: Path) -> tuple[Path, ...]:
    found = folder.resolve()
    return (found, *found.parents)
