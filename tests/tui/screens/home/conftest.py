"""A fixed machine and time for the Home pane."""

from __future__ import annotations

from math import sin
from pathlib import Path

import pytest

from core.system.gpu import GpuMonitor, GpuReading
from core.system.history import History, HistoryRecorder
from core.system.host import Disk, Host, Memory
from core.system.usage import Usage

GIB = 2**30

HOST = Host(
    name="gpu-17",
    system="Debian 12",
    kernel="6.1",
    processor="a processor",
    cores=16,
    load=(1.0, 1.0, 1.0),
    memory=Memory(64 * GIB, 48 * GIB),
    disks=(Disk((Path("/home/lena"),), 900 * 10**9, 70 * 10**9),),
    python="3.11.9",
)


@pytest.fixture
def machine(fixed_time: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without GPUs, whose processor is busy in turns, at a fixed time."""
    history = History(tuple(Usage(0.45 + 0.4 * sin(second / 12), 0.2 + second / 2000) for second in range(150)))
    monkeypatch.setattr("core.system.sampler.read_host", lambda: HOST)
    monkeypatch.setattr(GpuMonitor, "read", lambda _, traffic: GpuReading(absent="There is no NVIDIA driver."))
    monkeypatch.setattr(HistoryRecorder, "add", lambda *_: history)
