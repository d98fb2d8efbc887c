"""The servers that jobs of ours run, and where they answer."""

from __future__ import annotations

from collections.abc import Iterable

from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import ENDED, Observation
from core.overview.model import Server
from core.overview.values import text
from core.serving.announcement import ready_models, ready_url

HEAD_BYTES = 1_000_000
"""How much of a server's log is searched for its first line: the embedded server announces itself at once, and what
libraries print before is short."""


class ServerReader:
    """Reads the logs of serving jobs until each has announced where it answers."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._ready: dict[str, Server] = {}

    def read(self, jobs: Iterable[Observation]) -> tuple[Server, ...]:
        """The servers that run on this machine, the newest first."""
        found = []
        for job in jobs:
            if job.spec.kind == "serve" and job.status not in ENDED and job.elsewhere is None:
                server = self._ready.get(job.spec.id) or self._look(job)
                if server.url is not None:
                    self._ready[job.spec.id] = server
                found.append(server)
        return tuple(found)

    def _look(self, job: Observation) -> Server:
        model = text(job.spec.options, "model") or ""
        for line in _head(JobFolder(self._store.root / job.spec.id)):
            if url := ready_url(line):
                return Server(job.spec.id, model, url, tuple(ready_models(line)))
        return Server(job.spec.id, model, None)


def _head(folder: JobFolder) -> list[str]:
    try:
        with folder.log.open("rb") as stream:
            return stream.read(HEAD_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return []
