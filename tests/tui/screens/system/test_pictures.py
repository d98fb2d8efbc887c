"""Pictures of the System pane with 0, 1 and 8 GPUs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pynvml
import pytest

from core.monitor.checkpoint_space import CheckpointSpaceReader
from tests.core.system.fake_nvml import GIB, FakeGpu, FakeMig, FakeNvml, gpu, named_only
from tests.tui.picture import both_sizes, ground_of, looks_like
from tests.tui.screens.system.conftest import SPACE
from tui.app import Workbench

Machine = Callable[..., FakeNvml]


def card(used: int) -> FakeGpu:
    """A busy H200."""
    return gpu(
        nvmlDeviceGetName="NVIDIA H200",
        nvmlDeviceGetMemoryInfo=SimpleNamespace(total=141 * GIB, used=used * GIB),
        nvmlDeviceGetPowerUsage=612_400,
        nvmlDeviceGetEnforcedPowerLimit=700_000,
        nvmlDeviceGetComputeRunningProcesses=[],
    )


@both_sizes
async def test_without_gpus(machine: Machine, size: tuple[int, int]) -> None:
    machine()
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("1")
        await looks_like(
            app, "system-no-gpu", "no NVIDIA driver", "5 min ago", "1.3 per core ▲", "75 GiB free, the coming"
        )
        here, other = ("1Sys", "2Tax") if size[0] == 80 else ("1 System", "2 Taxonomy")
        assert ground_of(app, here) != ground_of(app, other)


@both_sizes
async def test_with_one_gpu(machine: Machine, size: tuple[int, int]) -> None:
    machine(card(132))
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("1")
        await looks_like(
            app, "system-1-gpu", "gpu 0 · H200", "train-k3f9x", "132 of 141 GiB", "612/700 W", "P0", "python"
        )


@both_sizes
async def test_with_eight_gpus(machine: Machine, size: tuple[int, int]) -> None:
    cards = [card(10 + 15 * number) for number in range(8)]
    cards[6] = named_only("NVIDIA H200")
    nvml = machine(*cards)
    nvml.gpus[7].lost = True
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("1")
        await looks_like(app, "system-8-gpus", "lost", "H200", "612/700 W")


async def test_with_eight_gpus_in_ascii(machine: Machine) -> None:
    machine(*(card(10 + 15 * number) for number in range(8)))
    app = Workbench(ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        await looks_like(app, "system-8-gpus-ascii", "612/700 W", "61C")


async def test_with_mig_devices_and_a_full_disk(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [
        FakeMig(
            {
                "nvmlDeviceGetName": "NVIDIA H200 MIG 1g.18gb",
                "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=18 * GIB, used=number * 3 * GIB),
            }
        )
        for number in range(4)
    ]
    whole = card(36)
    whole.migs = [*parts, None, None, None]
    whole.values["nvmlDeviceGetMigMode"] = [pynvml.NVML_DEVICE_MIG_ENABLE, pynvml.NVML_DEVICE_MIG_ENABLE]
    machine(whole)
    monkeypatch.setattr(CheckpointSpaceReader, "read", lambda *_: replace(SPACE, free=12 * GIB))
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        await looks_like(app, "system-mig", "MIG 3 1g.18gb", "42 GiB short")


async def test_help(machine: Machine) -> None:
    machine()
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        await looks_like(app, "system-no-gpu", "checkpoints need")
        await pilot.press("f1")
        await looks_like(app, "system-help", "In System", "Time span")
