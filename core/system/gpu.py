"""NVIDIA GPUs, read repeatedly over one connection to the driver's management library (NVML).

A missing driver is an ordinary state, and so is a value that a GPU does not report, which is None.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import nan
from types import ModuleType
from typing import Any

from core.system.nvml import Gpu, GpuProcess, MigDevice, as_text, optional, read_gpu

__all__ = ["Gpu", "GpuMonitor", "GpuProcess", "GpuReading", "MigDevice", "read_gpus"]

READINGS_BETWEEN_CONNECTIONS = 15
"""While a GPU is lost, a new connection is opened after this many readings: a reset GPU appears in new ones only."""


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
        """One for each GPU; None for a GPU that was lost before the connection was opened."""
        self._readings_with_lost_gpu = 0

    def read(self, *, traffic: bool = False) -> GpuReading:
        """One reading. After a failure the next one opens a new connection.

        With `traffic` the PCIe throughput is read as well, for which the driver measures 20 ms per GPU and direction.
        """
        with self._lock:
            try:
                nvml = self._load()
            except ImportError:
                return GpuReading(absent="The package nvidia-ml-py is not installed.")
            try:
                return self._read(nvml, traffic)
            except nvml.NVMLError_LibraryNotFound:
                return GpuReading(absent="There is no NVIDIA driver.")
            except nvml.NVMLError as error:
                self._disconnect()
                return GpuReading(absent=f"The NVIDIA driver does not answer: {str(error).rstrip('.')}.")

    def utilizations(self) -> tuple[float, ...] | None:
        """The busy share of each GPU, NaN where it is not reported; None if there is no driver.

        Takes a fraction of the time of `read`. After a failure the next call opens a new connection.
        """
        with self._lock:
            try:
                nvml = self._load()
            except ImportError:
                return None
            try:
                if self._nvml is None:
                    self._connect(nvml)
                busy = [each and optional(nvml, "nvmlDeviceGetUtilizationRates", each) for each in self._handles]
            except nvml.NVMLError_LibraryNotFound:
                return None
            except nvml.NVMLError:
                self._disconnect()
                return ()
            return tuple(nan if each is None else each.gpu / 100 for each in busy)

    def close(self) -> None:
        """Close the connection to the driver."""
        with self._lock:
            self._disconnect()

    def _read(self, nvml: Any, traffic: bool) -> GpuReading:
        if self._nvml is None:
            self._connect(nvml)
        gpus = tuple(read_gpu(nvml, index, handle, traffic=traffic) for index, handle in enumerate(self._handles))
        self._note_lost(nvml, gpus)
        return GpuReading(
            gpus,
            driver=as_text(optional(nvml, "nvmlSystemGetDriverVersion")),
            cuda=_cuda(optional(nvml, "nvmlSystemGetCudaDriverVersion_v2")),
        )

    def _note_lost(self, nvml: Any, gpus: Sequence[Gpu]) -> None:
        """Connect again from time to time while a GPU is lost. Raises NVML's error when all are."""
        if gpus and all(gpu.lost for gpu in gpus):
            raise nvml.NVMLError(nvml.NVML_ERROR_GPU_IS_LOST)
        self._readings_with_lost_gpu += 1 if any(gpu.lost for gpu in gpus) else -self._readings_with_lost_gpu
        if self._readings_with_lost_gpu >= READINGS_BETWEEN_CONNECTIONS:
            self._disconnect()

    def _connect(self, nvml: Any) -> None:
        nvml.nvmlInit()
        self._nvml = nvml
        self._readings_with_lost_gpu = 0
        self._handles = [_handle(nvml, index) for index in range(nvml.nvmlDeviceGetCount())]

    def _disconnect(self) -> None:
        nvml, self._nvml, self._handles = self._nvml, None, []
        if nvml is not None:
            with suppress(nvml.NVMLError):
                nvml.nvmlShutdown()


def read_gpus() -> GpuReading:
    """One reading, over a connection of its own."""
    monitor = GpuMonitor()
    try:
        return monitor.read()
    finally:
        monitor.close()


def _handle(nvml: Any, index: int) -> Any:
    try:
        return nvml.nvmlDeviceGetHandleByIndex(index)
    except nvml.NVMLError_GpuIsLost:
        return None


def _cuda(number: int | None) -> str | None:
    """NVML reports 12040 for 12.4."""
    return None if number is None else f"{number // 1000}.{number % 1000 // 10}"
