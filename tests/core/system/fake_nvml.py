"""A stand-in for the module `pynvml`, function by function, that raises the real binding's errors.

Values have NVML's own units: bytes, milliwatts, MHz, KB/s. What a GPU has no value for raises NotSupported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any

import pynvml

GIB = 2**30


@dataclass
class FakeMig:
    """A MIG device, with the values of its own handle."""

    values: dict[str, Any] = field(default_factory=dict)


@dataclass
class FakeGpu:
    """A GPU: what each function returns for its handle."""

    values: dict[str, Any] = field(default_factory=dict)
    migs: list[FakeMig | None] = field(default_factory=list)
    """The places for MIG devices; an empty place is None."""
    lost: bool = False


def gpu(**changed: Any) -> FakeGpu:
    """A busy data centre GPU that reports everything."""
    values = {
        "nvmlDeviceGetName": "NVIDIA L40S",
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
        "nvmlDeviceGetClockInfo": {pynvml.NVML_CLOCK_SM: 1980, pynvml.NVML_CLOCK_MEM: 9001},
        "nvmlDeviceGetMaxClockInfo": {pynvml.NVML_CLOCK_SM: 2520, pynvml.NVML_CLOCK_MEM: 9001},
        "nvmlDeviceGetPerformanceState": 0,
        "nvmlDeviceGetPcieThroughput": {pynvml.NVML_PCIE_UTIL_RX_BYTES: 11_200, pynvml.NVML_PCIE_UTIL_TX_BYTES: 3400},
        "nvmlDeviceGetMigMode": [0, 0],
    }
    return FakeGpu({**values, **changed})


def named_only(name: str) -> FakeGpu:
    """A GPU that reports nothing but its name."""
    return FakeGpu({"nvmlDeviceGetName": name})


class FakeNvml(ModuleType):
    """The module. Set `error` to have every call fail with one of NVML's codes, and a GPU's `lost` for that GPU."""

    def __init__(self, *gpus: FakeGpu) -> None:
        super().__init__("pynvml")
        self.gpus = list(gpus)
        self.inits = 0
        self.connected = 0
        self.init_error: int | None = None
        self.error: int | None = None
        self.calls: list[str] = []

    def nvmlInit(self) -> None:  # noqa: N802
        _check(self.init_error)
        self.inits += 1
        self.connected += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        _check(self.error)
        self.connected -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        _check(self.error)
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeGpu:  # noqa: N802
        _check(self.error)
        _check(pynvml.NVML_ERROR_GPU_IS_LOST if self.gpus[index].lost else None)
        return self.gpus[index]

    def nvmlSystemGetDriverVersion(self) -> bytes:  # noqa: N802
        _check(self.error)
        return b"550.54.15"

    def nvmlSystemGetCudaDriverVersion_v2(self) -> int:  # noqa: N802
        _check(self.error)
        return 12040

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: FakeGpu) -> int:  # noqa: N802
        return len(handle.migs)

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: FakeGpu, index: int) -> FakeMig:  # noqa: N802
        device = handle.migs[index]
        if device is None:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return device

    def __getattr__(self, name: str) -> Any:
        if name.startswith("nvmlDevice"):
            return self._query(name)
        if name.startswith("nvml"):
            raise AttributeError(name)  # a function that this binding does not have
        return getattr(pynvml, name)  # constants and errors

    def _query(self, name: str) -> Callable[..., Any]:
        def report(handle: FakeGpu | FakeMig, which: int | None = None) -> Any:
            self.calls.append(name)
            _check(self.error)
            if isinstance(handle, FakeGpu) and handle.lost:
                _check(pynvml.NVML_ERROR_GPU_IS_LOST)
            if name not in handle.values:
                _check(pynvml.NVML_ERROR_NOT_SUPPORTED)
            value = handle.values[name]
            return value[which] if isinstance(value, dict) else value

        return report


def _check(error: int | None) -> None:
    if error is not None:
        raise pynvml.NVMLError(error)
