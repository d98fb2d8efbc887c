"""Rates from the kernel's counters: each core's busy share, and bytes per second of disks and network."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from typing import Any

import psutil

LOOPBACK = "lo"


@dataclass(frozen=True)
class Rates:
    """Since the last reading; NaN where there is none to compare with, or no such device."""

    cores: tuple[float, ...] = ()
    """The busy share, 0 to 1, of each core that this process may use."""
    disk_read: float = nan
    """Bytes per second."""
    disk_written: float = nan
    """Bytes per second."""
    received: float = nan
    """Bytes per second."""
    sent: float = nan
    """Bytes per second."""


@dataclass(frozen=True)
class _Counters:
    time: float
    cores: tuple[tuple[float, float], ...]
    """Seconds in which each core was busy, and all its seconds."""
    disk: tuple[int, int] | None
    """Bytes read and written."""
    network: tuple[int, int] | None
    """Bytes received and sent."""


class RateMeter:
    """Compares the kernel's counters with those of the last reading."""

    def __init__(self) -> None:
        self._before: _Counters | None = None

    def read(self) -> Rates:
        """The rates since the last call; all unknown at the first."""
        before, now = self._before, _read_counters()
        self._before = now
        if before is None or now.time <= before.time:
            return Rates()
        seconds = now.time - before.time
        disk = _per_second(before.disk, now.disk, seconds)
        network = _per_second(before.network, now.network, seconds)
        return Rates(_busy_shares(before.cores, now.cores), *disk, *network)


def _per_second(before: tuple[int, int] | None, now: tuple[int, int] | None, seconds: float) -> tuple[float, float]:
    """Two counters' rates; a counter that started again, such as that of a replaced device, counts as standing."""
    if before is None or now is None:
        return nan, nan
    return max(0, now[0] - before[0]) / seconds, max(0, now[1] - before[1]) / seconds


def _busy_shares(before: tuple[tuple[float, float], ...], now: tuple[tuple[float, float], ...]) -> tuple[float, ...]:
    if len(before) != len(now):  # cores were added to or taken from this process
        return tuple(nan for _ in now)
    return tuple(
        min(1.0, max(0.0, (busy - busy_before) / (total - total_before))) if total > total_before else nan
        for (busy_before, total_before), (busy, total) in zip(before, now, strict=True)
    )


def _read_counters() -> _Counters:
    return _Counters(time.monotonic(), core_seconds(), _disk_bytes(), _network_bytes())


def core_seconds() -> tuple[tuple[float, float], ...]:
    """Seconds in which each core that this process may use was busy, and all its seconds."""
    cores = psutil.cpu_times(percpu=True)
    if hasattr(os, "sched_getaffinity"):
        allowed = os.sched_getaffinity(0)
        cores = [times for number, times in enumerate(cores) if number in allowed] or cores
    return tuple(map(_busy_and_total, cores))


def _busy_and_total(times: Any) -> tuple[float, float]:
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # included in user and nice
    total = sum(times) - guest
    return total - times.idle - getattr(times, "iowait", 0.0), total


def _disk_bytes() -> tuple[int, int] | None:
    with suppress(OSError, RuntimeError, NotImplementedError):  # some containers hide /proc/diskstats
        counters = psutil.disk_io_counters()
        if counters is not None:
            return counters.read_bytes, counters.write_bytes
    return None


def _network_bytes() -> tuple[int, int] | None:
    """Of all interfaces without the loopback one, whose traffic stays on this machine."""
    with suppress(OSError):
        interfaces = psutil.net_io_counters(pernic=True)
        outside = [counters for name, counters in interfaces.items() if name != LOOPBACK]
        if outside:
            return sum(each.bytes_recv for each in outside), sum(each.bytes_sent for each in outside)
    return None
