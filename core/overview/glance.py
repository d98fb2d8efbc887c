"""All that the Home pane shows of the taxonomy, the jobs and the models, read at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.jobs.observe import Observation
from core.overview.model import Overview
from core.overview.read import OverviewReader, Sources
from core.overview.recent import Happened, happened
from core.taxonomy.git.history import Commit, checked_out, newest_commits

COMMITS = 20
"""How many of the newest commits are read."""

EVENTS = 40
"""How many of the newest events are kept."""


@dataclass(frozen=True)
class Glance:
    overview: Overview
    events: tuple[Happened, ...]
    """Newest first."""
    branch: str
    """The branch of the taxonomy that is checked out; empty without one."""


class GlanceReader:
    """Reads again what has changed. Call `read` in a thread: lint of a large taxonomy takes about a second."""

    def __init__(self, overview: OverviewReader) -> None:
        self._reader = overview
        self._git: tuple[object, tuple[Commit, ...], str] | None = None

    def read(self, sources: Sources, jobs: Sequence[Observation]) -> Glance:
        overview = self._reader.read(sources, jobs)
        commits, branch = self._read_git(sources.taxonomy)
        return Glance(overview, happened(jobs, commits, EVENTS), branch)

    def _read_git(self, taxonomy: Path) -> tuple[tuple[Commit, ...], str]:
        """The newest commits and the branch; git runs only if its log of HEAD has changed."""
        stamp = _stamp(taxonomy)
        if self._git is None or stamp is None or self._git[0] != stamp:
            self._git = (stamp, newest_commits(taxonomy, COMMITS), checked_out(taxonomy))
        return self._git[1], self._git[2]


def _stamp(taxonomy: Path) -> object:
    """What changes with every commit and checkout; None if it is not known, as in a linked working tree."""
    try:
        state = (taxonomy / ".git/logs/HEAD").stat()
        head = (taxonomy / ".git/HEAD").stat()
    except OSError:
        return None if (taxonomy / ".git").exists() or not taxonomy.exists() else (taxonomy, "no repository")
    return (taxonomy, state.st_mtime_ns, state.st_size, head.st_mtime_ns)
