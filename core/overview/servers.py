"""The servers that anyone may use, and where they answer."""

from __future__ import annotations

from collections.abc import Iterable

from core.jobs.observe import ENDED, Observation
from core.overview.model import Server
from core.overview.values import text
from core.serving.registry import ServerRecord, ServerRegistry


def running_servers(jobs: Iterable[Observation]) -> tuple[Server, ...]:
    """The servers that run on this machine, the newest first; before them serving jobs that have started none yet."""
    records = [record for record in ServerRegistry().read() if record.purpose == "serve"]
    running = [Server(record.job, record.model, record.url, record.names) for record in records]
    starting = [
        Server(job.spec.id, text(job.spec.options, "model") or "", None) for job in starting_servers(jobs, records)
    ]
    return (*starting, *running)


def starting_servers(jobs: Iterable[Observation], records: Iterable[ServerRecord]) -> list[Observation]:
    """The serving jobs on this machine that have started none of these servers yet."""
    known = {record.job for record in records}
    return [
        job
        for job in jobs
        if job.spec.kind == "serve" and job.spec.id not in known and job.status not in ENDED and job.elsewhere is None
    ]
