"""Following one job: its events, reduced to a state, and its log, in bounded batches."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from core.figures import size
from core.jobs.folder import JobFolder
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.state.series import Series, smoothed_curve
from core.jobs.tail import EventTail, LineTail, log_text

TICK_SECONDS = 0.25
"""Between two reads of a job."""

READ_SECONDS = 0.15
"""The longest time of one read; many events take several."""

EVENT_BYTES = 32 * 1024
"""Events reduced at once: a thread that runs for long without a pause delays the screen."""

LOG_BYTES = 512 * 1024
"""The end of the log that is read when it is opened, or when more than `MAX_LAG_BYTES` are unread."""

MAX_LAG_BYTES = 2 * 1024 * 1024

CHECKPOINT = "checkpoint"
"""The kind of artifact that is marked on a curve."""

CURVES = 3
"""The newest stages whose curves are shown."""


@dataclass(frozen=True)
class JobUpdate:
    """The result of one read."""

    state: JobState
    curves: tuple[Series, ...]
    curve_name: str
    log_lines: tuple[str, ...]
    complete: bool
    """Whether everything written so far has been read."""


@dataclass
class JobFollower:
    """Reads one job's files; each call of `read` is short and may be made in a thread."""

    folder: JobFolder
    _events: EventTail = field(init=False)
    _log: LineTail = field(init=False)
    _state: JobState = field(default_factory=JobState)
    _curves: tuple[Series, ...] = ()
    _curve_name: str = "loss"

    def __post_init__(self) -> None:
        self._events = EventTail(self.folder.events)
        self._log = LineTail(self.folder.log)

    def read(self, *, log: bool) -> JobUpdate | None:
        """What is new since the last call; None for nothing. The log is only read on demand."""
        deadline = time.monotonic() + READ_SECONDS
        before = self._state
        complete = False
        while time.monotonic() < deadline:
            events = self._events.read(EVENT_BYTES)
            if not events:
                complete = True
                break
            self._state = reduce(self._state, events)
        if self._state.metrics is not before.metrics or self._state.artifacts is not before.artifacts:
            self._curve_name, self._curves = curves_of(self._state)
        lines = tuple(self._read_log()) if log else ()
        if self._state is before and not lines and before.events:
            return None
        return JobUpdate(self._state, self._curves, self._curve_name, lines, complete)

    def _read_log(self) -> list[str]:
        first = self._log.offset == 0
        skipped = 0
        try:
            unread = self.folder.log.stat().st_size - self._log.offset
        except OSError:
            return []
        if unread > (LOG_BYTES if first else MAX_LAG_BYTES):
            skipped = self._log.skip_to_end(LOG_BYTES)
        lines = [log_text(line) for line in self._log.read(LOG_BYTES)]
        if skipped:
            lines[:1] = [f"[{size(skipped)} skipped; `labtop process logs {self.folder.id}` prints all of it]"]
        return lines


def curves_of(state: JobState) -> tuple[str, tuple[Series, ...]]:
    """The name and curves of the loss in the newest stages, or of their first metric if they have no loss."""
    stages = [
        (key, metrics) for key, metrics in state.metrics.items() if any(len(curve) > 1 for curve in metrics.values())
    ]
    if not stages:
        return "loss", ()
    last = stages[-1][1]
    name = "loss" if "loss" in last else next(iter(last), "loss")
    curves = []
    for key, metrics in stages[-CURVES:]:
        if name in metrics:
            known = state.stages.get(key)
            title = known.title if known else key
            curve = smoothed_curve(title, metrics[name].points(), checkpoint_steps(state, key))
            curves += [curve] if len(curve.xs) > 1 else []
    return name, tuple(curves)


def checkpoint_steps(state: JobState, stage: str) -> list[float]:
    """The optimizer steps at which a stage saved a checkpoint."""
    saved = [
        artifact for artifact in state.artifacts if (artifact.get("kind"), artifact["stage"]) == (CHECKPOINT, stage)
    ]
    summaries = [artifact.get("summary") for artifact in saved]
    steps = [summary.get("step") for summary in summaries if isinstance(summary, dict)]
    return [step for step in steps if isinstance(step, int)]
