"""GPU readings over a fake NVML that raises the real binding's errors."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import ModuleType, SimpleNamespace

import pynvml
import pytest

from core.system.gpu import READINGS_BETWEEN_CONNECTIONS, Gpu, GpuMonitor, GpuProcess, GpuReading, MigDevice
from tests.core.system.fake_nvml import GIB, FakeMig, FakeNvml, gpu, named_only


@pytest.fixture
def nvml() -> FakeNvml:
    """Two cards: one that reports everything, and one that reports its name only."""
    return FakeNvml(gpu(), named_only("NVIDIA A2"))


@pytest.fixture
def monitor(nvml: FakeNvml) -> Iterator[GpuMonitor]:
    monitor = GpuMonitor(lambda: nvml)
    yield monitor
    monitor.close()
    assert nvml.connected == 0


EVERYTHING = Gpu(
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
    sm_clock=1980,
    sm_clock_limit=2520,
    memory_clock=9001,
    performance_state=0,
)


def test_values_are_read_with_their_units(monitor: GpuMonitor) -> None:
    reading = monitor.read()
    assert (reading.driver, reading.cuda, reading.absent) == ("550.54.15", "12.4", None)
    assert reading.gpus[0] == EVERYTHING


def test_traffic_is_read_only_on_request(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    monitor.read()
    assert "nvmlDeviceGetPcieThroughput" not in nvml.calls, "the driver measures it for 20 ms"
    with_traffic = GpuMonitor(lambda: nvml)
    assert with_traffic.read(traffic=True).gpus[0] == replace(EVERYTHING, pcie_received=11_200_000, pcie_sent=3_400_000)
    with_traffic.close()


def test_unsupported_values_are_none(monitor: GpuMonitor) -> None:
    assert monitor.read().gpus[1] == Gpu(1, "NVIDIA A2", *[None] * 8)


def test_unknown_performance_state_is_none() -> None:
    monitor = GpuMonitor(lambda: FakeNvml(gpu(nvmlDeviceGetPerformanceState=pynvml.NVML_PSTATE_UNKNOWN)))
    assert monitor.read().gpus[0].performance_state is None


def test_mig_devices_are_read_and_empty_places_skipped() -> None:
    card = gpu(nvmlDeviceGetMigMode=[pynvml.NVML_DEVICE_MIG_ENABLE, pynvml.NVML_DEVICE_MIG_ENABLE])
    del card.values["nvmlDeviceGetUtilizationRates"]  # the driver has none for a GPU in this mode
    card.values["nvmlDeviceGetComputeRunningProcesses"] = []
    part = {
        "nvmlDeviceGetName": "NVIDIA H100 MIG 1g.10gb",
        "nvmlDeviceGetUUID": "MIG-7",
        "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=10 * GIB, used=2 * GIB),
        "nvmlDeviceGetComputeRunningProcesses": [SimpleNamespace(pid=77, usedGpuMemory=GIB)],
    }
    card.migs = [None, FakeMig(part), None]
    (found,) = GpuMonitor(lambda: FakeNvml(card)).read().gpus
    assert found.utilization is None
    assert found.mig_devices == (
        MigDevice(1, "NVIDIA H100 MIG 1g.10gb", "MIG-7", 10 * GIB, 2 * GIB, (GpuProcess(77, GIB),)),
    )
    assert found.all_processes == (GpuProcess(77, GIB),)


def test_connection_is_shared_between_threads(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    with ThreadPoolExecutor(8) as threads:
        readings = list(threads.map(lambda _: monitor.read(), range(40)))
    assert len(set(readings)) == 1
    assert nvml.inits == 1


def test_all_gpus_lost_are_reported_and_the_next_reading_reconnects(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    monitor.read()
    nvml.gpus[0].lost = nvml.gpus[1].lost = True
    assert monitor.read() == GpuReading(absent="The NVIDIA driver does not answer: GPU is lost.")
    nvml.gpus[0].lost = nvml.gpus[1].lost = False
    assert len(monitor.read().gpus) == 2
    assert nvml.inits == 2


def test_one_lost_gpu_leaves_the_others(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    monitor.read()
    nvml.gpus[1].lost = True
    for _ in range(READINGS_BETWEEN_CONNECTIONS):
        first, second = monitor.read().gpus
        assert first == EVERYTHING
        assert second == Gpu(1, *[None] * 9, lost=True)
    assert monitor.read().gpus[1].lost, "also when a new connection gets no handle for it"
    assert nvml.inits == 2
    nvml.gpus[1].lost = False
    for _ in range(READINGS_BETWEEN_CONNECTIONS):
        monitor.read()
    assert monitor.read().gpus[1].name == "NVIDIA A2"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (pynvml.NVML_ERROR_UNINITIALIZED, "Uninitialized"),
        (pynvml.NVML_ERROR_DRIVER_NOT_LOADED, "Driver Not Loaded"),
        (pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH, "RM has detected an NVML/RM version mismatch"),
    ],
)
def test_driver_that_fails_in_a_session_is_reported_until_it_answers(
    nvml: FakeNvml, monitor: GpuMonitor, code: int, words: str
) -> None:
    assert len(monitor.read().gpus) == 2
    nvml.error = code
    assert monitor.read() == GpuReading(absent=f"The NVIDIA driver does not answer: {words}.")
    nvml.connected = 0  # what the driver had opened is gone with it
    nvml.error = None
    assert len(monitor.read().gpus) == 2


def test_missing_driver_is_reported_without_an_error(nvml: FakeNvml, monitor: GpuMonitor) -> None:
    nvml.init_error = pynvml.NVML_ERROR_LIBRARY_NOT_FOUND
    assert monitor.read() == GpuReading(absent="There is no NVIDIA driver.")
    nvml.init_error = None
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
