"""Waiting for the server of a serving job."""

from __future__ import annotations

import time

from core.errors import LabtopError
from core.jobs.folder import JobFolder
from core.jobs.observe import ENDED, observe
from core.serving.registry import ServerRecord, ServerRegistry

POLL_SECONDS = 0.2


def await_server(job: JobFolder) -> ServerRecord:
    """The server that a job runs, once it is ready. Raises the job's error if it ends before."""
    while True:
        observation = observe(job)
        for server in ServerRegistry().read():
            if server.job == job.id and server.url is not None:
                return server
        if observation.status in ENDED:
            error = observation.error or {}
            raise LabtopError(
                error.get("message") or f"The server's job {job.id} is {observation.status}.",
                hint=error.get("hint") or f"Its log may say why: labtop process logs {job.id}",
                code=error.get("code") or "server-died",
            )
        time.sleep(POLL_SECONDS)
