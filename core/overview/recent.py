"""What happened lately: jobs that started and ended, and commits of the taxonomy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from core.jobs.observe import Observation
from core.taxonomy.git.history import Commit

What = Literal["committed", "started", "resumed", "succeeded", "failed", "cancelled", "lost"]


@dataclass(frozen=True)
class Happened:
    when: float
    """Seconds since 1970."""
    what: What
    text: str
    """What it happened to, with details."""
    job: str | None = None


def happened(jobs: Iterable[Observation], commits: Iterable[Commit], limit: int) -> tuple[Happened, ...]:
    """The newest events of both, newest first."""
    known = [*_of_commits(commits), *(event for job in jobs for event in _of_job(job))]
    return tuple(sorted(known, key=lambda event: event.when, reverse=True)[:limit])


def _of_commits(commits: Iterable[Commit]) -> Iterator[Happened]:
    for commit in commits:
        yield Happened(commit.when, "committed", commit.subject)


def _of_job(job: Observation) -> Iterator[Happened]:
    began = job.spec.created if job.started is None else job.started
    # Of events at the same time, the later one comes first in a stable sort of this order.
    if job.status in ("succeeded", "failed", "cancelled", "lost"):
        message = str(job.error["message"]) if job.error and job.status == "failed" else ""
        text = f"{job.spec.id}: {message}" if message else _named(job)
        yield Happened(began + (job.seconds or 0.0), job.status, text, job.spec.id)
    if job.spec.resumes:
        yield Happened(began, "resumed", f"{job.spec.resumes} as {job.spec.id}", job.spec.id)
    else:
        yield Happened(began, "started", _named(job), job.spec.id)


def _named(job: Observation) -> str:
    """Id and title, unless the title only repeats the kind."""
    title = job.spec.title
    return job.spec.id if title.casefold() == job.spec.kind else f"{job.spec.id}, {title}"
