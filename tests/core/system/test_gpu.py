"""GPU readings over a fake NVML that raises the real binding's errors."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, SimpleNamespace
from typing import Any

import pynvml
import pytest

from core.system.gpu import Gpu, GpuMonitor, GpuProcess, GpuReading

GIB = 2**30


class FakeNvml(ModuleType):
    """Two cards: one that reports everything, and one that reports its name only."""

    NVML_TEMPERATURE_GPU = pynvml.NVML_TEMPERATURE_GPU
    NVMLError = pynvml.NVMLError
    NVMLError_LibraryNotFound = pynvml.NVMLError_LibraryNotFound
    NVMLError_Uninitialized = pynvml.NVMLError_Uninitialized
    NVMLError_GpuIsLost = pynvml.NVMLError_GpuIsLost

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.connected = 0
        self.inits = 0
        self.lost = False
        self.driver = True

    def nvmlInit(self) -> None:  # noqa: N802
        if not self.driver:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)
        self.inits += 1
        self.connected += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.connected -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlSystemGetDriverVersion(self) -> bytes:  # noqa: N802
        return b"550.54.15"

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:  # noqa: N802
        return 12040

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        if self.lost:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
        return ["NVIDIA L40S", "NVIDIA A2"][handle]

    def __getattr__(self, name: str) -> Any:
        known = {
            "nvmlDeviceGetUUID": "GPU-1",
            "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=48 * GIB, used=12 * GIB),
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=87, memory=40),
            "nvmlDeviceGetTemperature": 61,
            "nvmlDeviceGetPowerUsage": 212_500,
            "nvmlDeviceGetEnforcedPowerLimit": 350_000,
            "nvmlDeviceGetComputeRunningProcesses": [
                SimpleNamespace(pid=41, usedGpuMemory=11 * GIB),
                SimpleNamespace(pid=42, usedGpuMemory=None),
            ],
        }
        if name not in known:
            raise AttributeError(name)

        def report(handle: int, *_: object) -> Any:
            if handle == 1:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
            return known[name]

        return report


@pytest.fixture
def nvml() -> FakeNvml:
    return FakeNvml()


@pytest.fixture
def monitor(nvml: FakeNvml) -> Iterator[GpuMonitor]:
    monitor = GpuMonitor(lambda: nvml)
    yield monitor
    monitor.close()
    assert nvml.connected == 0


def test_values_are_read_with_their_units(monitor: GpuMonitor) -> None:
    reading = monitor.read()
    assert (reading.driver, reading.cuda, reading.absent) == ("550.54.15", "12.4", None)
    assert reading.gpus[0] == Gpu(
        index=0,
        name="NVIDIA L40S",
        uuid="GPU-1",
        memory_total=48 * GIB,
        memory_used=12 * GIB,
        utilization=0.87,
        temperature=61,
        power=212.5,
        power_limit=350.0,
        processes=(GpuProcess(41, 11 * GIB), GpuProcess(42, None)),
    )


def test_unsupported_values_are_none(monitor: GpuMonitor) -> None:
    assert monitor.read().gpus[1] == Gpu(1, "NVIDIA A2", *[None] * 8)


def test_connection_is_shared_between_threads(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    with ThreadPoolExecutor(8) as threads:
        readings = list(threads.map(lambda _: monitor.read(), range(40)))
    assert len(set(readings)) == 1
    assert nvml.inits == 1


def test_lost_gpu_is_reported_and_the_next_reading_reconnects(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    monitor.read()
    nvml.lost = True
    assert monitor.read() == GpuReading(absent="The NVIDIA driver does not answer: GPU is lost.")
    nvml.lost = False
    assert len(monitor.read().gpus) == 2
    assert nvml.inits == 2


def test_missing_driver_is_reported_without_an_error(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    nvml.driver = False
    assert monitor.read() == GpuReading(absent="There is no NVIDIA driver.")
    nvml.driver = True
    assert len(monitor.read().gpus) == 2


def test_missing_package_is_reported_without_an_error() -> None:
    def missing() -> ModuleType:
        raise ImportError("pynvml")

    assert GpuMonitor(missing).read() == GpuReading(absent="The package nvidia-ml-py is not installed.")


def test_real_binding_reads_on_any_machine() -> None:
    monitor = GpuMonitor()
    reading = monitor.read()
    assert reading.gpus or reading.absent
    monitor.close()
