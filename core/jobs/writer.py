"""The one writer of a job's story."""

from __future__ import annotations

import threading
import time

from core.events import Data, Event
from core.files import LineAppender
from core.jobs.folder import JobFolder
from core.jobs.reducer import reduce, without_metrics
from core.jobs.state import JobState

STATUS_SECONDS = 1.0
"""The least time between two writings of status.json."""


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
        """Append an event of now."""
        self.append(kind, stage, data, time.time(), time.monotonic())

    def append(self, kind: str, stage: str | None, data: Data, wall: float, monotonic: float) -> None:
        """Append an event of a given moment; nothing after `job_finished`. Raises LabtopError when the disk is full."""
        with self._lock:
            if self._finished:  # a heartbeat that was on its way when the job ended
                return
            self._finished = kind == "job_finished"
            event = Event(self._seq, wall, max(0.0, monotonic - self._started), kind, stage, data)
            self._seq += 1  # first, so that no number is given twice when a signal interrupts the writing
            self._lines.append(event.encode())
            self.state = reduce(self.state, [without_metrics(event)])
            # Only what others must see at once may not wait.
            if kind in ("job_started", "stage_started", "job_finished") or (
                monotonic - self._status_written >= STATUS_SECONDS
            ):
                self._status_written = monotonic
                record = {**self.state.summary(), "monotonic_start": self._started}
                self.folder.write_status(record, sync=kind == "job_finished")

    def finish(self, data: Data) -> None:
        """Say how the job ended, durably, if need be in the space that was kept for it."""
        self.folder.reserve.unlink(missing_ok=True)
        self.write("job_finished", None, data)
        self._lines.sync()
