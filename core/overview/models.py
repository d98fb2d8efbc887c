"""The models on this machine and in the catalog, and what serves or transfers them, read at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core import paths
from core.jobs.observe import ENDED, Observation
from core.models.catalog import CatalogEntry, catalog, located, missing_for_customizing
from core.models.fit import Fit, MachineMemory, by_fit, fit_of, read_machine_memory
from core.models.here import HereModel, read_here
from core.overview.best import best_model
from core.overview.model import BestModel
from core.overview.servers import starting_servers
from core.serving.registry import ServerRecord, ServerRegistry

TRANSFERS = ("download", "upload")
"""The kinds of jobs that move models between this machine and registries."""

MAX_ENDED_TRANSFERS = 2
"""How many transfers are listed that ended before they were complete."""


@dataclass(frozen=True)
class ModelsReading:
    """What is read from disk and from the driver."""

    here: tuple[HereModel, ...]
    entries: tuple[tuple[CatalogEntry, Fit], ...]
    """The catalog, the models first that fit best."""
    machine: MachineMemory
    best: BestModel | None

    @property
    def missing(self) -> int:
        """How many models that customizing needs are not here."""
        return len(missing_for_customizing([entry for entry, _ in self.entries]))


def read_models(jobs: Sequence[Observation], machine: MachineMemory | None) -> ModelsReading:
    """Read everything; `machine` is that of an earlier reading. Call it in a thread."""
    roots = paths.current()
    machine = machine or read_machine_memory()
    entries = [(entry, fit_of(entry.model.size, machine)) for entry in located(catalog(), roots.models_dir)]
    ordered = by_fit(entries, lambda entry: entry[1])
    return ModelsReading(read_here(roots), tuple(ordered), machine, best_model(jobs))


@dataclass(frozen=True)
class Activity:
    """What runs: servers, and jobs that are not servers yet or transfer models."""

    servers: tuple[ServerRecord, ...] = ()
    jobs: tuple[Observation, ...] = ()
    """Downloads and uploads, and serving jobs that have started no server yet."""

    def serves(self, path: Path) -> ServerRecord | None:
        """The server of a model that is ready, if there is one."""
        return next((server for server in self.servers if server.model == str(path) and server.url is not None), None)


def read_activity(jobs: Sequence[Observation]) -> Activity:
    """The servers of ours, and downloads and uploads that run or can be resumed. Call it in a thread."""
    servers = tuple(ServerRegistry().read())
    return Activity(servers, (*starting_servers(jobs, servers), *_transfers(jobs)))


def _transfers(jobs: Sequence[Observation]) -> list[Observation]:
    """Those that run, then the newest that ended too early and were not repeated since."""
    of_kind = [job for job in jobs if job.spec.kind in TRANSFERS]
    running = [job for job in of_kind if job.status not in ENDED]
    seen = {job.spec.title for job in running}
    ended: list[Observation] = []
    for job in of_kind:
        if job.status in ENDED and job.spec.title not in seen:
            seen.add(job.spec.title)
            if job.status != "succeeded":
                ended.append(job)
    return running + ended[:MAX_ENDED_TRANSFERS]
