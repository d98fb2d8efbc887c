"""Verifying that a server that ended has freed the GPUs' memory: a process that survived it would still hold it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from core.figures import memory
from core.system.devices import Device, usable_devices
from core.system.gpu import read_gpus

WAIT_SECONDS = 30.0
"""The driver frees the memory of an ended process within seconds; as InstructLab, wait for half a minute."""

POLL_SECONDS = 0.25

TOLERANCE = 512 * 2**20
"""Bytes by which other programs' use may have grown meanwhile."""

Read = Callable[[], tuple[Device, ...]]


def read_devices() -> tuple[Device, ...]:
    """The GPUs that this program can use, now; none without a driver."""
    return usable_devices(read_gpus(), os.environ)


@dataclass(frozen=True)
class MemoryBefore:
    """The memory in use when a server was started, in bytes by device."""

    used: Mapping[str, int]

    @classmethod
    def of(cls, devices: tuple[Device, ...], chosen: Collection[str] = ()) -> MemoryBefore:
        """That of the chosen devices, or of all if none were chosen."""
        return cls(
            {
                device.id: device.memory_used
                for device in devices
                if device.memory_used is not None and (not chosen or device.id in chosen)
            }
        )

    def await_free(
        self,
        pids: Collection[int],
        *,
        read: Read = read_devices,
        seconds: float = WAIT_SECONDS,
        pause: Callable[[float], object] = time.sleep,
    ) -> str | None:
        """Wait until the memory that the processes `pids` used is free; None if it is, or if there are no GPUs.

        Returns a sentence on what is still in use after `seconds`. A device that other processes have started to use
        is judged by the processes alone.
        """
        if not self.used:
            return None
        deadline = time.monotonic() + seconds
        while True:
            held = [device for device in read() if device.id in self.used and self._holds(device, pids)]
            if not held:
                return None
            if time.monotonic() >= deadline:
                shown = ", ".join(f"{device.label} {memory(device.memory_used)}" for device in held)
                return f"GPU memory is still in use after the server has ended: {shown}."
            pause(POLL_SECONDS)

    def _holds(self, device: Device, pids: Collection[int]) -> bool:
        if any(process.pid in pids for process in device.processes):
            return True
        if device.processes or device.memory_used is None:
            return False
        return device.memory_used > self.used[device.id] + TOLERANCE
