"""Which GPUs a program of this user can be given: those that CUDA_VISIBLE_DEVICES allows, MIG devices as such.

The rules are those of CUDA's programming guide ("CUDA environment variables"): entries are indices, or UUIDs that may
be shortened; the list ends at the first entry that is not a device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from core.system.gpu import Gpu, GpuProcess, GpuReading

VISIBLE = "CUDA_VISIBLE_DEVICES"
ORDER = "CUDA_DEVICE_ORDER"
BY_BUS = "PCI_BUS_ID"
"""The order of nvidia-smi, and of this module; CUDA's own default is the fastest first."""


@dataclass(frozen=True)
class Device:
    """A GPU, or a MIG device of one, at one moment."""

    id: str
    """For CUDA_VISIBLE_DEVICES: a GPU's index, a MIG device's UUID."""
    gpu: int
    """The GPU's index."""
    name: str | None
    memory_total: int | None
    """Bytes."""
    memory_used: int | None
    """Bytes."""
    processes: tuple[GpuProcess, ...] = ()
    is_mig: bool = False

    @property
    def memory_free(self) -> int | None:
        """Bytes; None if it is not reported."""
        if self.memory_total is None or self.memory_used is None:
            return None
        return max(0, self.memory_total - self.memory_used)

    @property
    def label(self) -> str:
        """For messages: `GPU 0`, or a MIG device's name."""
        return f"{self.name or 'MIG device'} of GPU {self.gpu}" if self.is_mig else f"GPU {self.gpu}"


def usable_devices(reading: GpuReading, environment: Mapping[str, str]) -> tuple[Device, ...]:
    """The devices that a program started with this environment can use, in the order of the variable."""
    present = {gpu.index: tuple(_parts(gpu)) for gpu in reading.gpus if not gpu.lost}
    allowed = environment.get(VISIBLE)
    if allowed is None:
        return tuple(device for devices in present.values() for device in devices)
    chosen: list[Device] = []
    for entry in allowed.split(","):
        device = _entry(entry.strip(), reading.gpus, present)
        if device is None:
            break
        if device not in chosen:
            chosen.append(device)
    return tuple(chosen)


def order_note(reading: GpuReading, environment: Mapping[str, str]) -> str | None:
    """A sentence if CUDA may number the GPUs in another order than we do."""
    names = {gpu.name for gpu in reading.gpus if not gpu.lost}
    indices = [entry.strip() for entry in environment.get(VISIBLE, "").split(",")]
    if len(names) < 2 or environment.get(ORDER) == BY_BUS or not any(map(str.isdecimal, indices)):
        return None
    return (
        f"{VISIBLE} is read with the numbers of nvidia-smi. The GPUs here differ, and other programs number the fastest"
        f" first unless {ORDER} is {BY_BUS}."
    )


def device_environment(ids: Sequence[str]) -> dict[str, str]:
    """What is added to the environment of a program that is to use these devices."""
    return {VISIBLE: ",".join(ids), ORDER: BY_BUS} if ids else {}


def _parts(gpu: Gpu) -> Iterator[Device]:
    """The devices of a GPU: itself, or its MIG devices."""
    if not gpu.mig_devices:
        yield Device(str(gpu.index), gpu.index, gpu.name, gpu.memory_total, gpu.memory_used, gpu.processes or ())
    for mig in gpu.mig_devices:
        if mig.uuid is not None:
            yield Device(
                mig.uuid, gpu.index, mig.name, mig.memory_total, mig.memory_used, mig.processes or (), is_mig=True
            )


def _entry(entry: str, gpus: Iterable[Gpu], present: Mapping[int, tuple[Device, ...]]) -> Device | None:
    """The device of an entry: of a GPU in multi-instance mode its first MIG device, as CUDA does."""
    if entry.isdecimal():
        return next(iter(present.get(int(entry), ())), None)
    if entry.startswith("MIG-"):
        migs = [device for devices in present.values() for device in devices if device.is_mig]
        found = [device for device in migs if device.id.startswith(entry)]
    elif entry.startswith("GPU-"):
        indices = [gpu.index for gpu in gpus if gpu.uuid is not None and gpu.uuid.startswith(entry)]
        found = [devices[0] for index in indices if (devices := present.get(index))]
    else:
        return None
    return found[0] if len(found) == 1 else None


def describe_process(pid: int) -> str:
    """A process on a GPU, for messages: `python of alice (process 41)`."""
    with suppress(psutil.Error, OSError, KeyError):
        process = psutil.Process(pid)
        return f"{process.name()} of {process.username()} (process {pid})"
    return f"a process outside this container ({pid})"
