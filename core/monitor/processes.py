"""labtop's own processes with their jobs, and other programs on the GPUs."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from math import inf, nan
from pathlib import Path

import psutil

from core.files import read_regular
from core.jobs.launchers import request_file
from core.jobs.processes import JOB_VARIABLE
from core.monitor.roles import ORDER, Role, role_of, stage_words
from core.serving.registry import ServerRegistry
from core.system.gpu import GpuReading

NEW_LOOKS = 2
"""A new process is looked at in so many readings: it may not have started its own program at the first."""

LOOKS_BETWEEN = 30
"""Of any other process every so many readings, since a new one may have got its id."""


@dataclass(frozen=True)
class ProcessRow:
    """One process at one moment."""

    pid: int
    what: str
    ours: bool
    """One of labtop's; else another program that uses a GPU."""
    kind: str
    """As in `core.monitor.roles.ORDER`; `foreign` for other programs."""
    job: str | None = None
    """The id of its job, if that is in the store."""
    user: str | None = None
    cpu: float = nan
    """Seconds of processor time per second; NaN at the first reading."""
    memory: int | None = None
    """Resident bytes."""
    gpu_memory: int | None = None
    """Bytes, on all GPUs together."""
    gpus: tuple[int, ...] = ()
    """The GPUs that it uses, by their index."""
    seconds: float | None = None
    """Since its start."""


@dataclass
class _Known:
    """A process that is shown, and what was read of it before."""

    process: psutil.Process
    role: Role
    folder: str | None
    """Its job's folder."""
    stage: str | None = None
    user: str | None = None
    cpu_seconds: float | None = None
    read_at: float = 0.0


class ProcessReader:
    """Reads the processes again and again; looks closely only at new ones, so that a reading costs little."""

    def __init__(self, jobs_root: Path) -> None:
        self._jobs_root = jobs_root
        self._ours: dict[int, _Known] = {}
        self._foreign: dict[int, _Known] = {}
        self._looks: dict[int, int] = {}
        self._ports: dict[int, int | None] = {}

    def read(self, gpus: GpuReading) -> tuple[ProcessRow, ...]:
        """labtop's processes, job by job with the newest first, and then other programs on the GPUs."""
        self._find()
        use = _gpu_use(gpus)
        if any(known.role.kind == "server" for known in self._ours.values()):
            self._ports = {server.pid: server.port for server in ServerRegistry().read()}
        ours = [row for known in list(self._ours.values()) if (row := self._row(known, use, ours=True))]
        foreign = [self._foreign_row(pid, use) for pid in use if pid not in self._ours]
        self._foreign = {pid: known for pid, known in self._foreign.items() if pid in use}
        ages: dict[str | None, float] = {}
        for row in ours:
            ages[row.job] = max(ages.get(row.job, 0.0), row.seconds or 0.0)
        ages[None] = inf  # what belongs to no job comes last
        ours.sort(
            key=lambda row: (ages[row.job], row.job or "", ORDER.index(row.kind), row.pid != os.getpid(), row.pid)
        )
        foreign.sort(key=lambda row: (-(row.gpu_memory or 0), row.pid))
        return (*ours, *foreign)

    def _find(self) -> None:
        """Look at new processes, and forget those that have ended."""
        running = set(psutil.pids())
        self._ours = {pid: known for pid, known in self._ours.items() if pid in running}
        self._looks = {pid: looks for pid, looks in self._looks.items() if pid in running}
        for pid in running:
            looks = self._looks.get(pid, 0)
            self._looks[pid] = looks + 1
            if looks < NEW_LOOKS or looks % LOOKS_BETWEEN == 0:
                self._look_at(pid)

    def _look_at(self, pid: int) -> None:
        with suppress(psutil.Error, OSError):
            process = psutil.Process(pid)
            environment = process.environ()
            role = role_of(process.cmdline(), environment)
            before = self._ours.pop(pid, None)
            if role is None:
                return
            if before is not None and before.process == process:
                before.role = role
                self._ours[pid] = before
            else:
                self._ours[pid] = _Known(process, role, environment.get(JOB_VARIABLE))

    def _row(self, known: _Known, use: dict[int, _GpuUse], *, ours: bool) -> ProcessRow | None:
        process, now = known.process, time.time()
        try:
            with process.oneshot():
                if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                    return None
                used = process.cpu_times()
                cpu_seconds = used.user + used.system
                memory = process.memory_info().rss
                known.user = known.user or process.username()  # asks the directory of users, which may be far away
                seconds = max(0.0, now - process.create_time())
        except (psutil.Error, OSError):
            return None
        cpu, moment = nan, time.monotonic()
        if known.cpu_seconds is not None and moment > known.read_at:
            cpu = max(0.0, cpu_seconds - known.cpu_seconds) / (moment - known.read_at)
        known.cpu_seconds, known.read_at = cpu_seconds, moment
        on_gpu = use.get(process.pid, _GpuUse())
        return ProcessRow(
            pid=process.pid,
            what=self._what(known),
            ours=ours,
            kind=known.role.kind if ours else "foreign",
            job=self._job(known),
            user=known.user,
            cpu=cpu,
            memory=memory,
            gpu_memory=on_gpu.memory,
            gpus=on_gpu.gpus,
            seconds=seconds,
        )

    def _what(self, known: _Known) -> str:
        if known.process.pid == os.getpid() and known.role.kind == "workbench":
            return "workbench (this one)"
        if known.role.kind == "server":
            place = f":{port}" if (port := self._ports.get(known.process.pid)) else ""
            return known.role.what if place in known.role.what else f"{known.role.what} {place}"
        if known.role.worker is None or known.folder is None:
            return known.role.what
        if known.stage is None:
            known.stage = _stage(Path(known.folder), known.role.worker)
        return f"{known.role.what}: {known.stage}" if known.stage else known.role.what

    def _job(self, known: _Known) -> str | None:
        folder = Path(known.folder) if known.folder else None
        return folder.name if folder is not None and folder.parent == self._jobs_root else None

    def _foreign_row(self, pid: int, use: dict[int, _GpuUse]) -> ProcessRow:
        """Another program on a GPU. In a container its id may belong to the host, and say nothing here."""
        known = self._foreign.get(pid)
        if known is None:
            with suppress(psutil.Error, OSError):
                process = psutil.Process(pid)
                known = self._foreign[pid] = _Known(process, Role("foreign", process.name()), None)
        row = None if known is None else self._row(known, use, ours=False)
        if row is not None:
            return row
        return ProcessRow(
            pid, "outside this container", ours=False, kind="foreign", gpu_memory=use[pid].memory, gpus=use[pid].gpus
        )


@dataclass(frozen=True)
class _GpuUse:
    memory: int | None = None
    gpus: tuple[int, ...] = ()


def _gpu_use(reading: GpuReading) -> dict[int, _GpuUse]:
    """What each process uses on the GPUs."""
    use: dict[int, _GpuUse] = {}
    for gpu in reading.gpus:
        for process in gpu.all_processes:
            before = use.get(process.pid, _GpuUse())
            known = [memory for memory in (before.memory, process.memory) if memory is not None]
            use[process.pid] = _GpuUse(sum(known) if known else None, (*before.gpus, gpu.index))
    return use


def _stage(folder: Path, worker: int) -> str:
    """The stage that a worker was started for, in words; empty if unknown."""
    try:
        stage = json.loads(read_regular(request_file(folder, worker))).get("stage")
    except (OSError, ValueError, AttributeError):
        return ""
    return stage_words(stage) if isinstance(stage, str) else ""
