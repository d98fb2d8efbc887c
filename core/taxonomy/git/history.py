"""The newest commits of a taxonomy, and its branch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError
from core.printable import printable
from core.taxonomy.git.process import GitFailed, run_git


@dataclass(frozen=True)
class Commit:
    name: str
    """Abbreviated."""
    when: float
    """Seconds since 1970."""
    subject: str


def newest_commits(taxonomy: Path, limit: int) -> tuple[Commit, ...]:
    """The newest commits that changed a taxonomy, newest first; none without a repository or a commit."""
    try:
        listed = run_git(taxonomy, "log", f"--max-count={limit}", "-z", "--format=%h%x1f%ct%x1f%s", "--", ".")
    except (GitFailed, LabtopError):
        return ()
    commits = []
    for record in listed.decode(errors="replace").split("\0"):
        name, _, rest = record.partition("\x1f")
        when, _, subject = rest.partition("\x1f")
        if when.isdecimal():
            commits.append(Commit(name, float(when), printable(subject)))
    return tuple(commits)


def checked_out(taxonomy: Path) -> str:
    """The branch that is checked out; empty without a repository, or when a commit is."""
    try:
        found = run_git(taxonomy, "symbolic-ref", "--quiet", "--short", "HEAD")
    except (GitFailed, LabtopError):
        return ""
    return printable(found.decode(errors="replace").strip())
