"""One GPU's values, read with the functions of `pynvml` (the package nvidia-ml-py).

Units are those of the NVML API reference: memory in bytes, power in milliwatts, clocks in MHz, temperatures in degrees
Celsius, PCIe throughput in KB/s.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

MILLI = 1000
"""NVML reports power in milliwatts."""

KILO = 1000
"""NVML reports PCIe throughput in KB/s."""

UNKNOWN_STATE = 32
"""NVML_PSTATE_UNKNOWN."""


@dataclass(frozen=True)
class GpuProcess:
    pid: int
    memory: int | None
    """Bytes."""


@dataclass(frozen=True)
class MigDevice:
    """A part of a GPU in multi-instance mode, which programs use like a GPU of their own."""

    index: int
    name: str | None
    """Such as `NVIDIA H100 MIG 1g.10gb`."""
    uuid: str | None
    memory_total: int | None
    """Bytes."""
    memory_used: int | None
    """Bytes."""
    processes: tuple[GpuProcess, ...] | None


@dataclass(frozen=True)
class Gpu:
    """One GPU at one moment."""

    index: int
    name: str | None
    uuid: str | None
    memory_total: int | None
    """Bytes."""
    memory_used: int | None
    """Bytes."""
    utilization: float | None
    """Share of the last sample period in which a kernel ran, 0 to 1; None in multi-instance mode."""
    temperature: int | None
    """Degrees Celsius."""
    power: float | None
    """Watts."""
    power_limit: float | None
    """Watts."""
    processes: tuple[GpuProcess, ...] | None
    _: KW_ONLY
    sm_clock: int | None = None
    """MHz, of the processors that run kernels."""
    sm_clock_limit: int | None = None
    """MHz."""
    memory_clock: int | None = None
    """MHz."""
    performance_state: int | None = None
    """From 0, full performance, to 15, idle."""
    pcie_received: int | None = None
    """Bytes per second from the host, over the last 20 ms."""
    pcie_sent: int | None = None
    """Bytes per second to the host, over the last 20 ms."""
    mig_devices: tuple[MigDevice, ...] = ()
    lost: bool = False
    """The driver has lost the GPU: it fell off the bus, or was removed."""

    @property
    def all_processes(self) -> tuple[GpuProcess, ...]:
        """Those of the GPU and of its MIG devices, each once."""
        parts = (self.processes, *(device.processes for device in self.mig_devices))
        return tuple({process.pid: process for part in parts for process in part or ()}.values())


def read_gpu(nvml: Any, index: int, handle: Any, *, traffic: bool = False) -> Gpu:
    """A GPU's present values; those of a lost GPU are all None. Raises NVMLError when the driver does not answer."""
    if handle is None:
        return _lost_gpu(index)
    try:
        return _read(nvml, index, handle, traffic=traffic)
    except nvml.NVMLError_GpuIsLost:
        return _lost_gpu(index)


def _lost_gpu(index: int) -> Gpu:
    return Gpu(index, None, None, None, None, None, None, None, None, None, lost=True)


def _read(nvml: Any, index: int, handle: Any, *, traffic: bool) -> Gpu:
    memory = optional(nvml, "nvmlDeviceGetMemoryInfo", handle)
    busy = optional(nvml, "nvmlDeviceGetUtilizationRates", handle)
    state = optional(nvml, "nvmlDeviceGetPerformanceState", handle)
    return Gpu(
        index=index,
        name=as_text(optional(nvml, "nvmlDeviceGetName", handle)),
        uuid=as_text(optional(nvml, "nvmlDeviceGetUUID", handle)),
        memory_total=None if memory is None else memory.total,
        memory_used=None if memory is None else memory.used,
        utilization=None if busy is None else busy.gpu / 100,
        temperature=optional(nvml, "nvmlDeviceGetTemperature", handle, nvml.NVML_TEMPERATURE_GPU),
        power=_watts(optional(nvml, "nvmlDeviceGetPowerUsage", handle)),
        power_limit=_watts(optional(nvml, "nvmlDeviceGetEnforcedPowerLimit", handle)),
        processes=_processes(nvml, handle),
        sm_clock=optional(nvml, "nvmlDeviceGetClockInfo", handle, nvml.NVML_CLOCK_SM),
        sm_clock_limit=optional(nvml, "nvmlDeviceGetMaxClockInfo", handle, nvml.NVML_CLOCK_SM),
        memory_clock=optional(nvml, "nvmlDeviceGetClockInfo", handle, nvml.NVML_CLOCK_MEM),
        performance_state=None if state == UNKNOWN_STATE else state,
        pcie_received=_traffic(nvml, handle, nvml.NVML_PCIE_UTIL_RX_BYTES) if traffic else None,
        pcie_sent=_traffic(nvml, handle, nvml.NVML_PCIE_UTIL_TX_BYTES) if traffic else None,
        mig_devices=_mig_devices(nvml, handle),
    )


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else milliwatts / MILLI


def _traffic(nvml: Any, handle: Any, counter: int) -> int | None:
    value: int | None = optional(nvml, "nvmlDeviceGetPcieThroughput", handle, counter)
    return None if value is None else value * KILO


def _processes(nvml: Any, handle: Any) -> tuple[GpuProcess, ...] | None:
    processes = optional(nvml, "nvmlDeviceGetComputeRunningProcesses", handle)
    if processes is None:
        return None
    return tuple(GpuProcess(process.pid, process.usedGpuMemory) for process in processes)


def _mig_devices(nvml: Any, handle: Any) -> tuple[MigDevice, ...]:
    """The MIG devices that exist; places for further ones raise NotFound."""
    mode = optional(nvml, "nvmlDeviceGetMigMode", handle)
    if not mode or mode[0] != nvml.NVML_DEVICE_MIG_ENABLE:
        return ()
    places = optional(nvml, "nvmlDeviceGetMaxMigDeviceCount", handle) or 0
    handles = (optional(nvml, "nvmlDeviceGetMigDeviceHandleByIndex", handle, place) for place in range(places))
    return tuple(_mig_device(nvml, number, each) for number, each in enumerate(handles) if each is not None)


def _mig_device(nvml: Any, index: int, handle: Any) -> MigDevice:
    memory = optional(nvml, "nvmlDeviceGetMemoryInfo", handle)
    return MigDevice(
        index=index,
        name=as_text(optional(nvml, "nvmlDeviceGetName", handle)),
        uuid=as_text(optional(nvml, "nvmlDeviceGetUUID", handle)),
        memory_total=None if memory is None else memory.total,
        memory_used=None if memory is None else memory.used,
        processes=_processes(nvml, handle),
    )


def optional(nvml: Any, name: str, *arguments: Any) -> Any:
    """A value from NVML; None if this GPU, driver or binding does not have it. A lost GPU or driver is raised."""
    function = getattr(nvml, name, None)
    if function is None:
        return None
    try:
        return function(*arguments)
    except nvml.NVMLError as error:
        if isinstance(error, _failures(nvml)):
            raise
        return None


def _failures(nvml: Any) -> tuple[type[Exception], ...]:
    """After these no other call works either: the driver was unloaded or replaced, or the GPU is gone."""
    return (
        nvml.NVMLError_Uninitialized,
        nvml.NVMLError_GpuIsLost,
        nvml.NVMLError_DriverNotLoaded,
        nvml.NVMLError_LibRmVersionMismatch,
    )


def as_text(value: str | bytes | None) -> str | None:
    """Older bindings return bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value
