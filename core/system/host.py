"""The host at one moment, with the limits of this process's container instead of the machine's size."""

from __future__ import annotations

import os
import platform
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path

import psutil

from core import paths

CGROUPS = Path("/sys/fs/cgroup")
"""The mount point of the unified hierarchy (cgroup v2)."""


@dataclass(frozen=True)
class Memory:
    """In bytes."""

    total: int
    available: int
    """Can be allocated without swapping."""
    swap_total: int = 0
    """Of the machine; 0 without swap."""
    swap_used: int = 0

    @property
    def used(self) -> int:
        return self.total - self.available


@dataclass(frozen=True)
class Disk:
    """A file system that holds folders of ours. In bytes."""

    folders: tuple[Path, ...]
    total: int
    free: int
    """Can still be written by this user."""

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
    """Usable by this process."""
    load: tuple[float, float, float]
    """Load averages over 1, 5 and 15 minutes."""
    memory: Memory
    disks: tuple[Disk, ...]
    python: str


def read_host(folders: Iterable[Path] | None = None) -> Host:
    """Read the host, with the disks of `folders`, by default those of the program."""
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
    """Cores that this process may use, by its affinity and its control groups' quotas, rounded up."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in own_groups(cgroups):
        quota, _, period = read_kernel_file(group / "cpu.max").partition(" ")
        if quota.isdecimal() and period.isdecimal():
            cores = min(cores, max(1, ceil(int(quota) / int(period))))
    return cores


def read_memory(cgroups: Path = CGROUPS) -> Memory:
    """The machine's memory, or the part of it that control groups allow this process."""
    machine = psutil.virtual_memory()
    total, available = machine.total, machine.available
    for group in own_groups(cgroups):
        limit, current = read_kernel_file(group / "memory.max"), read_kernel_file(group / "memory.current")
        if limit.isdecimal() and current.isdecimal():
            left = int(limit) - int(current) + _reclaimable(group)
            total, available = min(total, int(limit)), min(available, max(0, left))
    swap_total, swap_used = _swap()
    return Memory(total, min(available, total), swap_total, swap_used)


def _swap() -> tuple[int, int]:
    """Total and used bytes of swap, which are 0 where the kernel does not report them."""
    lines = (line.split() for line in read_kernel_file(Path("/proc/meminfo")).splitlines())
    kib = {line[0]: int(line[1]) for line in lines if line[0] in ("SwapTotal:", "SwapFree:")}
    total, free = kib.get("SwapTotal:", 0), kib.get("SwapFree:", 0)
    return total * 1024, max(0, total - free) * 1024


def _reclaimable(group: Path) -> int:
    """Bytes charged to the group that the kernel frees on demand: unused file cache."""
    lines = (line.split() for line in read_kernel_file(group / "memory.stat").splitlines())
    return next((int(line[1]) for line in lines if line[0] == "inactive_file"), 0)


def own_groups(cgroups: Path) -> Iterable[Path]:
    """The control groups of this process, the innermost first; the limits of all of them apply."""
    own = next(
        (line[3:] for line in read_kernel_file(Path("/proc/self/cgroup")).splitlines() if line.startswith("0::")), "/"
    )
    innermost = cgroups / own.lstrip("/")
    for group in (innermost, *innermost.parents):
        yield group
        if group == cgroups:
            return


def read_disks(folders: Iterable[Path]) -> tuple[Disk, ...]:
    """The file systems that hold these folders, or will hold them when they are created; without unreadable ones."""
    by_device: dict[int, list[Path]] = {}
    for folder in folders:
        with suppress(OSError):  # a network file system whose server is gone
            existing = next((parent for parent in (folder, *folder.parents) if parent.exists()), Path("/"))
            by_device.setdefault(existing.stat().st_dev, []).append(existing)
    disks = []
    for found in by_device.values():
        with suppress(OSError):
            usage = psutil.disk_usage(str(found[0]))
            disks.append(Disk(tuple(dict.fromkeys(found)), usage.total, usage.free))
    return tuple(disks)


@cache
def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


@cache
def _processor() -> str:
    lines = (line.partition(":") for line in read_kernel_file(Path("/proc/cpuinfo")).splitlines())
    model = next((value.strip() for name, _, value in lines if name.strip() == "model name"), "")
    return model or platform.processor() or platform.machine() or sys.platform


def read_kernel_file(file: Path) -> str:
    """A small file of the kernel; empty when it is missing."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
