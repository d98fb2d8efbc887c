"""The only thread that reads host and GPUs, and only while they are shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.system.gpu import GpuMonitor, GpuReading
from core.system.history import History, HistoryRecorder
from core.system.host import Host, read_host
from core.system.rates import RateMeter
from core.system.usage import CpuMeter, usage_of

SAMPLE_SECONDS = 2.0
"""Between two readings."""


@dataclass(frozen=True)
class MachineReading:
    """Host and GPUs at one moment, and how busy they were before."""

    host: Host
    gpus: GpuReading
    history: History = field(default_factory=History)


class MachineSampler:
    """Reads every two seconds between `resume` and `pause`, and passes each reading to `publish`, in its own thread.

    `traffic` is that of `GpuMonitor`.
    """

    def __init__(
        self,
        publish: Callable[[MachineReading], object],
        seconds: float = SAMPLE_SECONDS,
        *,
        traffic: bool = False,
    ) -> None:
        self._publish = publish
        self._seconds = seconds
        self._monitor = GpuMonitor(traffic=traffic)
        self._cpu = CpuMeter()
        self._rates = RateMeter()
        self._recorder = HistoryRecorder(seconds)
        self._wanted = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def resume(self) -> None:
        """Read at once and then repeatedly."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="machine-sampler", daemon=True)
            self._thread.start()
        self._wanted.set()

    def pause(self) -> None:
        """Stop reading until `resume`."""
        self._wanted.clear()

    def end(self) -> None:
        """Close the connection to the driver and end the thread, without waiting for it."""
        self._ended.set()
        self._wanted.set()

    def _run(self) -> None:
        while self._wanted.wait() and not self._ended.is_set():
            self._publish(self._read())
            self._ended.wait(self._seconds)
        self._monitor.close()

    def _read(self) -> MachineReading:
        host, gpus = read_host(), self._monitor.read()
        now = time.monotonic()
        usage = usage_of(host, gpus, self._cpu.read(), self._rates.read(), now, self._recorder.seconds_since_last(now))
        return MachineReading(host, gpus, self._recorder.add(usage))
