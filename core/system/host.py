"""The host at one moment, as far as this process may use it: a container's limits count, not the machine's size."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import psutil

from core import paths

CGROUPS = Path("/sys/fs/cgroup")
"""Where the unified hierarchy (cgroup v2) is mounted."""


@dataclass(frozen=True)
class Memory:
    """In bytes."""

    total: int
    available: int
    """What programs can still take without swapping."""

    @property
    def used(self) -> int:
        return self.total - self.available


@dataclass(frozen=True)
class Disk:
    """The file system that holds folders of ours. In bytes."""

    folders: tuple[Path, ...]
    total: int
    free: int
    """What this user may still write."""

    @property
    def used(self) -> int:
        return self.total - self.free


@dataclass(frozen=True)
class Host:
    """One reading."""

    name: str
    system: str
    """The distribution's own name, as "Red Hat Enterprise Linux 9.4 (Plow)"."""
    kernel: str
    processor: str
    cores: int
    """That this process may use."""
    load: tuple[float, float, float]
    """Runnable processes, over 1, 5 and 15 minutes."""
    memory: Memory
    disks: tuple[Disk, ...]
    python: str


def read_host(folders: Iterable[Path] | None = None) -> Host:
    """Read the host, with the disks of some folders: those of the program unless given."""
    roots = paths.current()
    wanted = folders or (roots.config_dir, roots.state_dir, roots.data_dir, roots.cache_dir)
    return Host(
        name=socket.gethostname(),
        system=_system(),
        kernel=platform.release(),
        processor=_processor(),
        cores=usable_cores(),
        load=os.getloadavg(),
        memory=read_memory(),
        disks=read_disks(wanted),
        python=platform.python_version(),
    )


def usable_cores(cgroups: Path = CGROUPS) -> int:
    """Cores that this process may use: by its affinity and its control group's quota, a part counting as one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _own_groups(cgroups):
        quota, _, period = _read(group / "cpu.max").partition(" ")
        if quota.isdecimal() and period.isdecimal():
            cores = min(cores, max(1, ceil(int(quota) / int(period))))
    return cores


def read_memory(cgroups: Path = CGROUPS) -> Memory:
    """The machine's memory, or what its control groups leave of it to this process."""
    machine = psutil.virtual_memory()
    total, available = machine.total, machine.available
    for group in _own_groups(cgroups):
        limit, current = _read(group / "memory.max"), _read(group / "memory.current")
        if limit.isdecimal() and current.isdecimal():
            left = int(limit) - int(current) + _droppable(group)
            total, available = min(total, int(limit)), min(available, max(0, left))
    return Memory(total, min(available, total))


def _droppable(group: Path) -> int:
    """Bytes that count as the group's and are given up on demand: files' contents that nothing used lately."""
    lines = (line.split() for line in _read(group / "memory.stat").splitlines())
    return next((int(line[1]) for line in lines if line[0] == "inactive_file"), 0)


def _own_groups(cgroups: Path) -> Iterable[Path]:
    """The control groups that this process is in, the innermost first; a limit of any of them holds."""
    own = next((line[3:] for line in _read(Path("/proc/self/cgroup")).splitlines() if line.startswith("0::")), "/")
    innermost = cgroups / own.lstrip("/")
    for group in (innermost, *innermost.parents):
        yield group
        if group == cgroups:
            return


def read_disks(folders: Iterable[Path]) -> tuple[Disk, ...]:
    """The file systems that hold these folders, or will when they are made."""
    by_device: dict[int, list[Path]] = {}
    for folder in folders:
        existing = next((parent for parent in (folder, *folder.parents) if parent.exists()), Path("/"))
        by_device.setdefault(existing.stat().st_dev, []).append(existing)
    disks = []
    for found in by_device.values():
        usage = psutil.disk_usage(str(found[0]))
        disks.append(Disk(tuple(dict.fromkeys(found)), usage.total, usage.free))
    return tuple(disks)


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _processor() -> str:
    lines = (line.partition(":") for line in _read(Path("/proc/cpuinfo")).splitlines())
    model = next((value.strip() for name, _, value in lines if name.strip() == "model name"), "")
    return model or platform.processor() or platform.machine() or sys.platform


def _read(file: Path) -> str:
    """A small file of the kernel's; empty when it is not there."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
