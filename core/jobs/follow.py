"""Following one job: its events, reduced to a state and to a log, and its raw output, in bounded batches."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import LabtopError
from core.figures import size
from core.jobs.event_log import EventLog, LogEntry
from core.jobs.folder import JobFolder
from core.jobs.state.job_curves import JobCurves, curves_of
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.state.series import Series
from core.jobs.tail import EventTail, LineTail, log_text

TICK_SECONDS = 1.0
"""Between two reads of a job; an update with a chart is several kilobytes."""

READ_SECONDS = 0.15
"""The longest time of one read; many events take several."""

EVENT_BYTES = 32 * 1024
"""Events reduced at once: a thread that runs for long without a pause delays the screen."""

LOG_BYTES = 512 * 1024
"""The end of the log that is read when it is opened, or when more than `MAX_LAG_BYTES` are unread."""

MAX_LAG_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class JobUpdate:
    """The result of one read."""

    state: JobState
    curves: tuple[Series, ...]
    curve_name: str
    entries: tuple[LogEntry, ...]
    """New entries of the event log, once everything was read; all of them if `entries_again`."""
    entries_again: bool
    """Whether these are the first entries, or older ones were dropped, so that a display starts again with these."""
    log_lines: tuple[str, ...]
    """New lines of the raw output."""
    complete: bool
    """Whether everything written so far has been read; until then the state is one of the past."""
    share_read: float
    """Of everything written so far."""


@dataclass
class JobFollower:
    """Reads one job's files; each call of `read` is short and may be made in a thread."""

    folder: JobFolder
    _events: EventTail = field(init=False)
    _log: LineTail = field(init=False)
    _state: JobState = field(default_factory=JobState)
    _curves: JobCurves = field(default_factory=JobCurves)
    _event_log: EventLog = field(default_factory=EventLog)
    _thinned: int = 0
    _earlier: list[EarlierRun] = field(init=False)
    """The jobs that this one resumes, the oldest first."""
    _shown: JobState | None = None
    """The state of the last update, from the first complete one on."""

    def __post_init__(self) -> None:
        self._events = EventTail(self.folder.events)
        self._log = LineTail(self.folder.log)
        self._earlier = [EarlierRun(folder) for folder in resumed_jobs(self.folder)]

    def read(self, *, log: bool) -> JobUpdate | None:
        """What is new since the last call; None for nothing. The raw output is only read on demand."""
        deadline = time.monotonic() + READ_SECONDS
        entries: list[LogEntry] = []
        complete = self._read_earlier(deadline) and self._read_events(deadline, entries)
        lines = tuple(self._read_log()) if log else ()
        before = self._shown
        if complete and self._state is before and not lines:
            return None
        if before is None and not complete:
            return JobUpdate(self._state, (), self._curves.name, (), False, lines, False, self._share_read())
        if before is None or self._has_new_curves(before):
            self._curves = curves_of(self._state, [run.state for run in self._earlier])
        again = before is None or self._event_log.thinned != self._thinned
        self._shown, self._thinned = self._state, self._event_log.thinned
        shown = tuple(self._event_log.entries if again else entries)
        return JobUpdate(self._state, self._curves.series, self._curves.name, shown, again, lines, complete, 1.0)

    def _read_earlier(self, deadline: float) -> bool:
        """Read the jobs that this one resumes, as far as time permits; returns whether all are read."""
        return all(run.read(deadline) for run in self._earlier)

    def _read_events(self, deadline: float, entries: list[LogEntry]) -> bool:
        while time.monotonic() < deadline:
            events = self._events.read(EVENT_BYTES)
            if not events:
                return True
            self._state = reduce(self._state, events)
            entries += self._event_log.add(events)
        return False

    def _has_new_curves(self, before: JobState) -> bool:
        return self._state.metrics is not before.metrics or self._state.artifacts is not before.artifacts

    def _share_read(self) -> float:
        tails = [*(run.events for run in self._earlier), self._events]
        written = sum(_size(tail.path) for tail in tails)
        return min(1.0, sum(tail.offset for tail in tails) / written) if written else 1.0

    def _read_log(self) -> list[str]:
        first = self._log.offset == 0
        skipped = 0
        unread = _size(self.folder.log) - self._log.offset
        if unread > (LOG_BYTES if first else MAX_LAG_BYTES):
            skipped = self._log.skip_to_end(LOG_BYTES)
        lines = [log_text(line) for line in self._log.read(LOG_BYTES)]
        if skipped:
            lines[:1] = [f"[{size(skipped)} skipped; `labtop process logs {self.folder.id}` prints all of it]"]
        return lines


@dataclass
class EarlierRun:
    """A job that another one resumes. It has ended, so it is read once."""

    folder: JobFolder
    state: JobState = field(default_factory=JobState)
    events: EventTail = field(init=False)
    _complete: bool = False

    def __post_init__(self) -> None:
        self.events = EventTail(self.folder.events)

    def read(self, deadline: float) -> bool:
        """Read on until the deadline; returns whether everything is read."""
        while not self._complete and time.monotonic() < deadline:
            events = self.events.read(EVENT_BYTES)
            self._complete = not events
            self.state = reduce(self.state, events)
        return self._complete


def resumed_jobs(folder: JobFolder) -> list[JobFolder]:
    """The jobs that a job resumes, the oldest first, as far as they still exist."""
    return list(_resumed_jobs(folder))[::-1]


def _resumed_jobs(folder: JobFolder) -> Iterator[JobFolder]:
    seen = {folder.id}
    while True:
        try:
            name = folder.spec.resumes
        except LabtopError:
            return
        if name is None or name in seen or Path(name).name != name:
            return
        seen.add(name)
        folder = JobFolder(folder.path.parent / name)
        if not _size(folder.path / "spec.json"):
            return
        yield folder


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):  # a name from a file may be none
        return 0
