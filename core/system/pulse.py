"""How busy the machine was over the last seconds, as the header of the workbench shows it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

from core.system.gpu import GpuMonitor
from core.system.usage import CpuMeter

PULSE_SECONDS = 3.0
"""Between two readings. Each redraws some cells of the header, so that an idle workbench writes about 50 bytes/s."""

FIRST_PULSE_SECONDS = 0.5
"""After the first pane is shown; the first reading imports the driver's binding, which takes 18 ms."""

SHARES_KEPT = 16


@dataclass(frozen=True)
class Pulse:
    """The newest readings."""

    source: str = "CPU"
    """What was measured: `GPU` if the driver reports any, else `CPU`."""
    shares: tuple[float, ...] = ()
    """Busy shares from 0 to 1, oldest first; of several GPUs their mean. NaN where there is no value."""
    clock: str = ""
    """Local time of day when it was read, such as 14:02."""


def clock_only() -> Pulse:
    """The time of day, before the first reading."""
    return Pulse(clock=_clock())


class PulseMeter:
    """Reads processor and GPUs; a reading takes well under a millisecond. Not for several threads at once."""

    def __init__(self, cpu: CpuMeter | None = None, gpus: GpuMonitor | None = None) -> None:
        self._cpu = cpu or CpuMeter()
        self._cpu.read()
        self._gpus: GpuMonitor | None = gpus or GpuMonitor()
        self._source = "CPU"
        self._shares: deque[float] = deque(maxlen=SHARES_KEPT)

    def read(self) -> Pulse:
        """One more reading, after the earlier ones of the same source."""
        busy = self._gpus.utilizations() if self._gpus is not None else None
        if busy is None:
            self._gpus = None  # there is no driver, so it is not asked again
        source = "GPU" if busy else "CPU"
        if source != self._source:
            self._source = source
            self._shares.clear()
        self._shares.append(_mean(busy) if busy else self._cpu.read())
        return Pulse(source, tuple(self._shares), _clock())

    def close(self) -> None:
        """Close the connection to the driver."""
        if self._gpus is not None:
            self._gpus.close()


def _clock() -> str:
    return time.strftime("%H:%M")


def _mean(shares: Sequence[float]) -> float:
    known = [share for share in shares if isfinite(share)]
    return sum(known) / len(known) if known else nan
