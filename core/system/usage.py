"""How busy the machine was since the last reading: processor, memory, GPUs, disks and network."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import nan
from pathlib import Path

from core.system.gpu import Gpu, GpuReading
from core.system.host import CGROUPS, Host, own_groups, read_kernel_file
from core.system.rates import Rates, core_seconds


@dataclass(frozen=True)
class GpuUsage:
    """Of one GPU, at one moment; NaN where there is no value."""

    utilization: float = nan
    """Share of the time in which a kernel ran, 0 to 1."""
    memory: float = nan
    """Share of its memory, 0 to 1."""
    power: float = nan
    """Share of its power limit, 0 to 1."""
    temperature: float = nan
    """Degrees Celsius."""
    clock: float = nan
    """Share of its highest clock, 0 to 1."""
    traffic: float = nan
    """Bytes per second over PCIe, in both directions together."""


@dataclass(frozen=True)
class Usage:
    """Over the `seconds` before `time`; shares are from 0 to 1, and NaN stands for no value."""

    cpu: float = nan
    memory: float = nan
    gpus: tuple[GpuUsage, ...] = ()
    """In the order of the GPUs of a reading."""
    cores: tuple[float, ...] = ()
    """Share of each core that this process may use."""
    disk_read: float = nan
    """Bytes per second, of all disks together."""
    disk_written: float = nan
    """Bytes per second, of all disks together."""
    received: float = nan
    """Bytes per second, of all network interfaces together."""
    sent: float = nan
    """Bytes per second, of all network interfaces together."""
    time: float = 0.0
    """The end of the period, on the monotonic clock."""
    seconds: float = 0.0
    """The length of the period."""


def usage_of(host: Host, gpus: GpuReading, cpu: float, rates: Rates, now: float, seconds: float) -> Usage:
    """The usage that these readings show."""
    return Usage(
        cpu=cpu,
        memory=host.memory.used / max(1, host.memory.total),
        gpus=tuple(map(_gpu_usage, gpus.gpus)),
        cores=rates.cores,
        disk_read=rates.disk_read,
        disk_written=rates.disk_written,
        received=rates.received,
        sent=rates.sent,
        time=now,
        seconds=seconds,
    )


def _gpu_usage(gpu: Gpu) -> GpuUsage:
    return GpuUsage(
        utilization=nan if gpu.utilization is None else gpu.utilization,
        memory=_share(gpu.memory_used, gpu.memory_total),
        power=_share(gpu.power, gpu.power_limit),
        temperature=nan if gpu.temperature is None else float(gpu.temperature),
        clock=_share(gpu.sm_clock, gpu.sm_clock_limit),
        traffic=nan if gpu.pcie_received is None or gpu.pcie_sent is None else float(gpu.pcie_received + gpu.pcie_sent),
    )


def _share(value: float | None, whole: float | None) -> float:
    return value / whole if value is not None and whole else nan


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
        cores = core_seconds()
        return sum(busy for busy, _ in cores), sum(total for _, total in cores)
