"""Training and serving on the same GPUs exclude each other: who holds which devices, by NVML's lists of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.errors import LabtopError
from core.jobs.folder import JobStore
from core.jobs.nodes.here import RanksRegistry
from core.jobs.observe import Observation, observe, read_state
from core.jobs.processes import tree
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRecord
from core.system.devices import Device

Pids = Callable[[int], set[int]]
"""The ids of a process and of all its descendants."""


def family(pid: int) -> set[int]:
    """The ids of a process and of all its descendants."""
    return {process.pid for process in tree(pid)}


def devices_of(pid: int | None, devices: Iterable[Device], pids: Pids = family) -> tuple[Device, ...]:
    """The devices whose memory a process or a descendant of it holds."""
    if pid is None:
        return ()
    ours = pids(pid)
    return tuple(device for device in devices if ours & {process.pid for process in device.processes})


@dataclass(frozen=True)
class Conflict:
    """A server on GPUs that a training needs."""

    server: ServerRecord
    devices: tuple[Device, ...]

    @property
    def sentence(self) -> str:
        where = ", ".join(device.label for device in self.devices)
        return f"The server for {self.server.name} ({self.server.owner}) uses {where}, which the training needs."


def conflicts(needed: Sequence[Device], servers: Iterable[ServerRecord], pids: Pids = family) -> list[Conflict]:
    """The servers on GPUs that a training needs: those that were given them, and those that hold memory there."""
    found = []
    for server in servers:
        held = {device.id for device in devices_of(server.pid, needed, pids)} | set(server.devices)
        if common := tuple(device for device in needed if device.id in held):
            found.append(Conflict(server, common))
    return found


def same_processor(servers: Iterable[ServerRecord]) -> list[ServerRecord]:
    """The servers that compute on the processor, as a training without GPUs does."""
    return [server for server in servers if server.backend == "embedded" and server.model != BUILTIN_TEACHER]


def stop_command(server: ServerRecord) -> str:
    """The command that ends a server, or the job that needs it."""
    if server.purpose == "job":
        return f"labtop process cancel {server.job}"
    return f"labtop model stop {server.port or server.pid}" + ("" if server.purpose == "serve" else " --force")


@dataclass(frozen=True)
class RunningTraining:
    """A training that uses devices of this machine at this moment."""

    pid: int | None
    name: str
    """The job, for messages: `train-k3f9x`, or `train-k3f9x of node0` for the ranks here of another node's job."""


def running_trainings(store: JobStore) -> list[RunningTraining]:
    """The jobs on this machine that train a model at this moment, and the ranks here of other nodes' jobs."""
    found = []
    for folder in store.list():
        try:
            job = observe(folder)
        except LabtopError:
            continue
        if job.status not in ("running", "stalled") or job.elsewhere is not None:
            continue
        if job.spec.kind in ("train", "run", "quickstart") and _trains(store, job):
            found.append(RunningTraining(job.pid, job.spec.id))
    return [*found, *(RunningTraining(ranks.pid, ranks.name) for ranks in RanksRegistry().read())]


def _trains(store: JobStore, job: Observation) -> bool:
    """Whether a job is at a training, or is about to begin with one."""
    running = [stage.id for stage in read_state(store.find(job.spec.id)).stages.values() if stage.status == "running"]
    return any(stage.startswith("train") for stage in running) or (not running and job.spec.kind == "train")


def without_trainings(
    devices: Sequence[Device], trainings: Iterable[RunningTraining], pids: Pids = family
) -> tuple[tuple[Device, ...], list[str]]:
    """The devices that no training uses, and a sentence about each training on the others."""
    left, sentences = tuple(devices), []
    for training in trainings:
        if used := devices_of(training.pid, devices, pids):
            left = tuple(device for device in left if device not in used)
            where = ", ".join(device.label for device in used)
            sentences.append(f"{where} is left to the training of job {training.name}.")
    return left, sentences
