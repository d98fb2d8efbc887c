"""How busy the machine was over the last minutes."""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass
from math import nan
from pathlib import Path

import psutil

from core.system.gpu import GpuReading
from core.system.host import CGROUPS, Host, own_groups, read_kernel_file

SAMPLES_KEPT = 300
"""Ten minutes at one sample in two seconds."""


@dataclass(frozen=True)
class Usage:
    """Shares from 0 to 1 at one moment; NaN where there is no value."""

    cpu: float = nan
    memory: float = nan
    gpus: tuple[float, ...] = ()
    """In the order of the GPUs of a reading."""


def usage_of(host: Host, gpus: GpuReading, cpu: float) -> Usage:
    return Usage(
        cpu,
        host.memory.used / max(1, host.memory.total),
        tuple(nan if gpu.utilization is None else gpu.utilization for gpu in gpus.gpus),
    )


class CpuMeter:
    """Measures the busy share of the cores that this process may use."""

    def __init__(self, cgroups: Path = CGROUPS) -> None:
        self._cgroups = cgroups
        self._before: tuple[float, float] | None = None

    def read(self) -> float:
        """From 0 to 1, since the last call; NaN at the first."""
        before, now = self._before, self._counters()
        self._before = now
        if before is None or now[1] <= before[1]:
            return nan
        return min(1.0, max(0.0, (now[0] - before[0]) / (now[1] - before[1])))

    def _counters(self) -> tuple[float, float]:
        """Seconds in which cores were busy, and seconds they had, since some moment in the past."""
        for group in own_groups(self._cgroups):
            quota, _, period = read_kernel_file(group / "cpu.max").partition(" ")
            lines = (line.split() for line in read_kernel_file(group / "cpu.stat").splitlines())
            used = next((int(line[1]) for line in lines if line[0] == "usage_usec"), None)
            if quota.isdecimal() and period.isdecimal() and used is not None:
                return used / 1e6, time.monotonic() * int(quota) / int(period)
        return _core_times()


def _core_times() -> tuple[float, float]:
    cores = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity"):
        allowed = os.sched_getaffinity(0)
        cores = [times for number, times in enumerate(cores) if number in allowed] or cores
    busy, total = 0.0, 0.0
    for times in cores:
        guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # included in user and nice
        everything = sum(times) - guest
        total += everything
        busy += everything - times.idle - getattr(times, "iowait", 0.0)
    return busy, total


class UsageHistory:
    """The newest samples, with one gap for any time without samples."""

    def __init__(self, sample_seconds: float) -> None:
        self._sample_seconds = sample_seconds
        self._samples: deque[Usage] = deque(maxlen=SAMPLES_KEPT)
        self._last = 0.0

    def add(self, usage: Usage, now: float) -> tuple[Usage, ...]:
        """All samples, oldest first, after adding one that was taken at `now`, in seconds."""
        if self._samples and now - self._last > 3 * self._sample_seconds:
            self._samples.append(Usage())
        self._samples.append(usage)
        self._last = now
        return tuple(self._samples)
