"""Which GPUs programs of this user can use, as CUDA_VISIBLE_DEVICES names them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from core.errors import LabtopError
from core.system.gpu import GpuMonitor, GpuReading

VARIABLE = "CUDA_VISIBLE_DEVICES"


def visible_devices(environment: Mapping[str, str] = os.environ, reading: GpuReading | None = None) -> tuple[str, ...]:
    """The GPUs of this machine, restricted by the variable if it is set; empty without any."""
    gpus = (reading or GpuMonitor().read()).gpus
    usable = [str(gpu.index) for gpu in gpus if not gpu.lost]
    allowed = environment.get(VARIABLE)
    if allowed is None or not usable:
        return tuple(usable)
    names = [name.strip() for name in allowed.split(",")]
    first_invalid = next((at for at, name in enumerate(names) if name in ("", "-1") or name == "NoDevFiles"), None)
    return tuple(names[:first_invalid])


def choose_devices(count: int | None, visible: tuple[str, ...]) -> tuple[str, ...]:
    """The first `count` of the visible GPUs; none in particular without a count. Raises LabtopError for too many."""
    if count is None:
        return ()
    if count > len(visible):
        raise LabtopError(
            f"{count} GPUs are needed, but {len(visible)} can be used.",
            hint=f"`labtop system info` lists the GPUs; the variable {VARIABLE} restricts them.",
        )
    return visible[:count]
