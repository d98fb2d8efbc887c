"""The only thread that reads host and GPUs, and only while they are shown."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from core.system.gpu import GpuMonitor, GpuReading
from core.system.history import MAX_GAP, History, HistoryRecorder
from core.system.host import Host, read_host
from core.system.rates import RateMeter
from core.system.usage import CpuMeter, usage_of

SAMPLE_SECONDS = 2.0
"""Between two readings."""

FRESH = 0.25
"""A reading younger than this share of the period is published to a new watcher; rates over less time say little."""


@dataclass(frozen=True)
class MachineReading:
    """Host and GPUs at one moment, and how busy they were before."""

    host: Host
    gpus: GpuReading
    history: History = field(default_factory=History)


Publish = Callable[[MachineReading], object]


class MachineSampler:
    """Reads every two seconds while somebody watches, and passes each reading to all that do, in its own thread.

    Its watchers share the history.
    """

    def __init__(self, seconds: float = SAMPLE_SECONDS) -> None:
        self.latest: MachineReading | None = None
        self._seconds = seconds
        self._monitor = GpuMonitor()
        self._cpu = CpuMeter()
        self._rates = RateMeter()
        self._recorder = HistoryRecorder(seconds)
        self._watchers: dict[Publish, bool] = {}
        """Each with whether it wants the traffic of `GpuMonitor.read`."""
        self._wanted = threading.Event()
        self._due = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def watch(self, publish: Publish, *, traffic: bool = False) -> None:
        """Read at once and then repeatedly. `traffic` is that of `GpuMonitor.read`."""
        self._watchers[publish] = traffic
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="machine-sampler", daemon=True)
            self._thread.start()
        self._wanted.set()
        self._due.set()

    def unwatch(self, publish: Publish) -> None:
        """Pass no more readings to it; without watchers nothing is read."""
        self._watchers.pop(publish, None)
        if not self._watchers:
            self._wanted.clear()

    def recent(self) -> MachineReading | None:
        """The latest reading, if it is not older than a few periods."""
        latest = self.latest
        return latest if latest is not None and self._age(latest) <= MAX_GAP * self._seconds else None

    def end(self) -> None:
        """Close the connection to the driver and end the thread, without waiting for it."""
        self._ended.set()
        self._wanted.set()
        self._due.set()

    def _run(self) -> None:
        while self._wanted.wait() and not self._ended.is_set():
            self._due.clear()
            if self.latest is None or self._age(self.latest) > self._seconds * FRESH:
                self.latest = self._read()
            for publish in tuple(self._watchers):
                publish(self.latest)
            self._due.wait(self._seconds)
        self._monitor.close()

    def _age(self, reading: MachineReading) -> float:
        return time.monotonic() - reading.history.newest.time

    def _read(self) -> MachineReading:
        host, gpus = read_host(), self._monitor.read(traffic=any(self._watchers.values()))
        now = time.monotonic()
        usage = usage_of(host, gpus, self._cpu.read(), self._rates.read(), now, self._recorder.seconds_since_last(now))
        return MachineReading(host, gpus, self._recorder.add(usage))
