"""The only writer of a job's events."""

from __future__ import annotations

import threading
import time

from core.events import Data, Event
from core.files import LineAppender
from core.jobs.folder import JobFolder
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce, without_metrics

STATUS_SECONDS = 1.0
"""The shortest time between two writes of status.json."""


class EventWriter:
    """Numbers events, appends them to `events.jsonl`, and keeps `status.json` up to date. Safe to use from threads."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self.state = JobState()
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._status_written = 0.0
        self._lines = LineAppender(folder.events)
        self._seq = 0
        self._finished = False

    def write(self, kind: str, stage: str | None, data: Data) -> None:
        """Append an event at the current time."""
        self.append(kind, stage, data, time.time(), time.monotonic())

    def append(self, kind: str, stage: str | None, data: Data, wall: float, monotonic: float) -> None:
        """Append an event of a given time; ignored after `job_finished`. Raises LabtopError when the disk is full."""
        with self._lock:
            if self._finished:  # a heartbeat from another thread
                return
            self._finished = kind == "job_finished"
            event = Event(self._seq, wall, max(0.0, monotonic - self._started), kind, stage, data)
            self._seq += 1  # first, so that no number is used twice when a signal interrupts the write
            self._lines.append(event.encode())
            self.state = reduce(self.state, [without_metrics(event)])
            # Other processes must see these events at once.
            if kind in ("job_started", "stage_started", "job_finished") or (
                monotonic - self._status_written >= STATUS_SECONDS
            ):
                self._status_written = monotonic
                record = {**self.state.summary(), "monotonic_start": self._started}
                self.folder.write_status(record, sync=kind == "job_finished")

    def finish(self, data: Data) -> None:
        """Record how the job ended, durably, on a full disk in the reserved space."""
        self.folder.reserve.unlink(missing_ok=True)
        self.write("job_finished", None, data)
        self._lines.sync()
