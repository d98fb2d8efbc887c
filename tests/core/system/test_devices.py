"""Which GPUs a program can be given, by CUDA_VISIBLE_DEVICES."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.system.devices import device_environment, order_note, usable_devices
from core.system.gpu import GpuMonitor, GpuReading
from tests.core.system.fake_nvml import GIB, FakeGpu, FakeMig, FakeNvml, gpu


def mig(uuid: str) -> FakeMig:
    memory = SimpleNamespace(total=10 * GIB, used=GIB)
    return FakeMig(
        {"nvmlDeviceGetName": f"MIG {uuid[-1]}g", "nvmlDeviceGetUUID": uuid, "nvmlDeviceGetMemoryInfo": memory}
    )


@pytest.fixture
def reading() -> GpuReading:
    """Four GPUs: the second one is in multi-instance mode, and the last one is lost."""
    parts: list[FakeMig | None] = [mig("MIG-aa-1"), None, mig("MIG-ab-2")]
    divided = FakeGpu({**gpu(nvmlDeviceGetUUID="GPU-bb", nvmlDeviceGetMigMode=[1, 1]).values}, migs=parts)
    lost = gpu()
    lost.lost = True
    return GpuMonitor(lambda: FakeNvml(gpu(), divided, gpu(nvmlDeviceGetUUID="GPU-cc-3"), lost)).read()


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        (None, ["0", "MIG-aa-1", "MIG-ab-2", "2"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("2,0", ["2", "0"]),
        (" 2 , 0 ", ["2", "0"]),
        ("0,0", ["0"]),
        ("0,7,2", ["0"]),
        ("3,0", []),  # the lost one
        ("1", ["MIG-aa-1"]),
        ("GPU-cc", ["2"]),
        ("MIG-ab", ["MIG-ab-2"]),
        ("MIG-a", []),  # not unique
        ("GPU-bb,0", ["MIG-aa-1", "0"]),
        ("0,all", ["0"]),
    ],
)
def test_usable_devices(reading: GpuReading, variable: str | None, expected: list[str]) -> None:
    environment = {} if variable is None else {"CUDA_VISIBLE_DEVICES": variable}
    assert [device.id for device in usable_devices(reading, environment)] == expected


def test_devices_have_their_own_memory_and_processes(reading: GpuReading) -> None:
    whole, part, _, _ = usable_devices(reading, {})
    assert (whole.label, whole.memory_free, [process.pid for process in whole.processes]) == (
        "GPU 0",
        36 * GIB,
        [41, 42],
    )
    assert (part.label, part.memory_free, part.is_mig) == ("MIG 1g of GPU 1", 9 * GIB, True)


def test_order_of_different_gpus_is_noted(reading: GpuReading) -> None:
    assert order_note(reading, {"CUDA_VISIBLE_DEVICES": "1"}) is None, "all have the same name"
    mixed = GpuMonitor(lambda: FakeNvml(gpu(), gpu(nvmlDeviceGetName="NVIDIA T4"))).read()
    assert "PCI_BUS_ID" in (order_note(mixed, {"CUDA_VISIBLE_DEVICES": "1"}) or "")
    assert order_note(mixed, {"CUDA_VISIBLE_DEVICES": "GPU-1"}) is None
    assert order_note(mixed, {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}) is None
    assert device_environment(["0", "MIG-aa"]) == {
        "CUDA_VISIBLE_DEVICES": "0,MIG-aa",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }
    assert device_environment([]) == {}
