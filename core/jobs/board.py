"""The state of all jobs, read repeatedly; ended jobs are read only once."""

from __future__ import annotations

from core.errors import LabtopError
from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import ENDED, Observation, observe


class JobBoard:
    """Reads all jobs. An ended one does not change until its folder is removed, so only the others are read again."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._folders: dict[str, JobFolder] = {}
        self._ended: dict[str, Observation] = {}

    def read(self) -> tuple[Observation, ...]:
        """Every readable job, newest first."""
        try:
            # Our ids are plain; another name could contain terminal control characters.
            names = {entry.name for entry in self._store.root.iterdir() if entry.name.isprintable()}
        except OSError:
            names = set()
        self._folders = {name: self._folders.get(name) or JobFolder(self._store.root / name) for name in names}
        self._ended = {name: job for name, job in self._ended.items() if name in names}
        seen = []
        for name, folder in self._folders.items():
            job = self._ended.get(name)
            if job is None:
                try:
                    job = observe(folder)
                except LabtopError:
                    continue  # being created or removed
                if job.status in ENDED:
                    self._ended[name] = job
            seen.append(job)
        return tuple(sorted(seen, key=lambda job: (job.spec.number, job.spec.created, job.spec.id), reverse=True))
