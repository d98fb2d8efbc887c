"""NVIDIA GPUs, read through the driver's management library (NVML).

A missing driver is an ordinary state, and so is a value that a GPU does not report, which is None.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

MILLI = 1000
"""NVML reports power in milliwatts."""


@dataclass(frozen=True)
class GpuProcess:
    pid: int
    memory: int | None
    """Bytes."""


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
    """Share of the last sample period in which a kernel ran, 0 to 1."""
    temperature: int | None
    """Degrees Celsius."""
    power: float | None
    """Watts."""
    power_limit: float | None
    """Watts."""
    processes: tuple[GpuProcess, ...] | None


@dataclass(frozen=True)
class GpuReading:
    """All GPUs at one moment."""

    gpus: tuple[Gpu, ...] = ()
    driver: str | None = None
    cuda: str | None = None
    """The newest CUDA version that the driver supports."""
    absent: str | None = None
    """Why nothing can be read, as a sentence; None when NVML works."""


class GpuMonitor:
    """Reads the GPUs repeatedly over one connection to the driver. Safe to use from threads."""

    def __init__(self, load: Callable[[], ModuleType] = lambda: importlib.import_module("pynvml")) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._nvml: Any = None
        self._handles: list[Any] = []

    def read(self) -> GpuReading:
        """One reading. After a failure the next one opens a new connection."""
        with self._lock:
            try:
                nvml = self._load()
            except ImportError:
                return GpuReading(absent="The package nvidia-ml-py is not installed.")
            try:
                if self._nvml is None:
                    self._connect(nvml)
                return GpuReading(
                    tuple(_read_gpu(nvml, index, handle) for index, handle in enumerate(self._handles)),
                    driver=_text(_value(nvml, nvml.nvmlSystemGetDriverVersion)),
                    cuda=_cuda(_value(nvml, nvml.nvmlSystemGetCudaDriverVersion_v2)),
                )
            except nvml.NVMLError_LibraryNotFound:
                return GpuReading(absent="There is no NVIDIA driver.")
            except nvml.NVMLError as error:
                self._disconnect()
                return GpuReading(absent=f"The NVIDIA driver does not answer: {error}.")

    def close(self) -> None:
        """Close the connection to the driver."""
        with self._lock:
            self._disconnect()

    def _connect(self, nvml: Any) -> None:
        nvml.nvmlInit()
        self._nvml = nvml
        self._handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]

    def _disconnect(self) -> None:
        nvml, self._nvml, self._handles = self._nvml, None, []
        if nvml is not None:
            with suppress(nvml.NVMLError):
                nvml.nvmlShutdown()


def _read_gpu(nvml: Any, index: int, handle: Any) -> Gpu:
    memory = _value(nvml, nvml.nvmlDeviceGetMemoryInfo, handle)
    busy = _value(nvml, nvml.nvmlDeviceGetUtilizationRates, handle)
    power = _value(nvml, nvml.nvmlDeviceGetPowerUsage, handle)
    power_limit = _value(nvml, nvml.nvmlDeviceGetEnforcedPowerLimit, handle)
    processes = _value(nvml, nvml.nvmlDeviceGetComputeRunningProcesses, handle)
    return Gpu(
        index=index,
        name=_text(_value(nvml, nvml.nvmlDeviceGetName, handle)),
        uuid=_text(_value(nvml, nvml.nvmlDeviceGetUUID, handle)),
        memory_total=None if memory is None else memory.total,
        memory_used=None if memory is None else memory.used,
        utilization=None if busy is None else busy.gpu / 100,
        temperature=_value(nvml, nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
        power=None if power is None else power / MILLI,
        power_limit=None if power_limit is None else power_limit / MILLI,
        processes=None
        if processes is None
        else tuple(GpuProcess(process.pid, process.usedGpuMemory) for process in processes),
    )


def _value(nvml: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    """A value from NVML; None if this GPU or driver does not support it. A lost connection is raised."""
    try:
        return function(*arguments)
    except (nvml.NVMLError_Uninitialized, nvml.NVMLError_GpuIsLost):
        raise
    except nvml.NVMLError:
        return None


def _text(value: str | bytes | None) -> str | None:
    """Older bindings return bytes."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _cuda(number: int | None) -> str | None:
    """NVML reports 12040 for 12.4."""
    return None if number is None else f"{number // 1000}.{number % 1000 // 10}"
