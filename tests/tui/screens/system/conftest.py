"""A machine with a fixed past, and with the GPUs that a test gives it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import nan, sin
from pathlib import Path

import pynvml
import pytest

from core.monitor.checkpoint_space import CheckpointSpace, CheckpointSpaceReader
from core.monitor.processes import ProcessReader, ProcessRow
from core.system.history import History, HistoryRecorder
from core.system.host import Disk, Host, Memory
from core.system.usage import GpuUsage, Usage
from tests.core.system.fake_nvml import FakeGpu, FakeNvml

GIB = 2**30

HOST = Host(
    name="gpu-17.example.org",
    system="Red Hat Enterprise Linux 9.4 (Plow)",
    kernel="5.14.0-427.el9.x86_64",
    processor="AMD EPYC 9554 64-Core Processor",
    cores=4,
    load=(5.18, 4.25, 3.01),
    memory=Memory(512 * GIB, 380 * GIB, 8 * GIB, GIB),
    disks=(
        Disk((Path("/home/lena/.config/labtop"), Path("/home/lena/.local/state/labtop")), 838 * GIB, 65 * GIB),
        Disk((Path("/data/instructlab"),), 7 * 1024 * GIB, 75 * GIB),
    ),
    python="3.11.9",
)

PROCESSES = (
    ProcessRow(4300, "worker 0: train phase 2", True, "worker", "train-k3f9x", "lena", 0.98, GIB, 61 * GIB, (0,), 497),
    ProcessRow(4290, "runner", True, "runner", "train-k3f9x", "lena", 0.01, 41 * 2**20, None, (), 512),
    ProcessRow(1161, "server samples_4492 :8055", True, "server", None, "lena", 0.12, 389 * 2**20, None, (), 7450),
    ProcessRow(977, "python", False, "foreign", None, "ann", 11.5, 40 * GIB, 16 * GIB, (0,), 90061),
)

SPACE = CheckpointSpace("train-k3f9x", Path("/data/instructlab/phased"), 4, 54 * GIB, 75 * GIB)


def past(gpus: int) -> History:
    """Five minutes with GPUs and cores that are busy in turns, and memory that fills slowly; nothing was sent."""

    def wave(second: float, start: float) -> float:
        return 0.5 + 0.47 * sin(second / 12 + start)

    return History(
        tuple(
            Usage(
                cpu=wave(number, 0),
                memory=0.2 + number / 2000,
                gpus=tuple(GpuUsage(wave(number, gpu), 0.9, wave(number, gpu), 61.0, 0.8) for gpu in range(gpus)),
                cores=tuple(wave(number, core / 2) for core in range(HOST.cores)),
                disk_read=nan if number < 40 else 1.2e6 * wave(number, 3),
                disk_written=nan if number < 40 else 3e7 * wave(number, 1),
                received=12e6 * wave(number, 2),
                sent=0.0,
                time=2.0 * number,
                seconds=2.0,
            )
            for number in range(1, 151)
        )
    )


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeNvml]:
    """Make the machine one with these GPUs; without any there is no driver."""

    def install(*gpus: FakeGpu) -> FakeNvml:
        nvml = FakeNvml(*gpus)
        if not gpus:
            nvml.init_error = pynvml.NVML_ERROR_LIBRARY_NOT_FOUND
        monkeypatch.setitem(sys.modules, "pynvml", nvml)
        history = past(len(gpus))
        monkeypatch.setattr("core.system.sampler.read_host", lambda: HOST)
        monkeypatch.setattr(HistoryRecorder, "add", lambda *_: history)
        monkeypatch.setattr(ProcessReader, "read", lambda *_: PROCESSES)
        monkeypatch.setattr(CheckpointSpaceReader, "read", lambda *_: SPACE)
        return nvml

    return install
