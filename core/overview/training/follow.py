"""Following a training: its curves with those of other runs, its position and its checkpoints."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from core.jobs.folder import JobFolder, JobStore
from core.jobs.follow import READ_SECONDS
from core.jobs.observe import Observation
from core.jobs.state.job_state import JobState
from core.overview.training.charts import OVERLAYS, Chart, charts
from core.overview.training.checkpoints import CheckpointFacts, checkpoints, with_existence
from core.overview.training.facts import TrainingFacts, facts_of
from core.overview.training.gains import Gain, gains
from core.overview.training.position import Position, position_of
from core.overview.training.trace import Trace

KEPT = 12
"""How many trainings are kept in memory, so that none is read again when another one is shown."""


@dataclass(frozen=True)
class TrainingUpdate:
    """A training at one moment."""

    job: str
    state: JobState
    facts: TrainingFacts
    charts: tuple[Chart, ...] = ()
    checkpoints: tuple[CheckpointFacts, ...] = ()
    position: Position | None = None
    gains: tuple[Gain, ...] = ()
    """Against the model that the training began with, once both were compared."""
    complete: bool = True
    """Whether everything written so far has been read; until then the state is one of the past."""
    share_read: float = 1.0
    pending: bool = False
    """Whether there is more to read at once, of this training or of another one in its charts."""


class TrainingReader:
    """Reads trainings again and again; each call is short, and is to be made in a thread."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._traces: dict[str, Trace] = {}
        self._lock = Lock()
        self._shown: object = None
        """What the last update was made from."""

    def read(self, job: Observation, others: Sequence[str] = (), *, again: bool = False) -> TrainingUpdate | None:
        """What there is to show of a job, with other runs in its charts.

        None if that is as at the last call, unless it is asked for `again`.
        """
        with self._lock:
            self._shown = None if again else self._shown
            return self._read(job, tuple(others)[:OVERLAYS])

    def _read(self, job: Observation, others: tuple[str, ...]) -> TrainingUpdate | None:
        deadline = time.monotonic() + READ_SECONDS
        run = self._trace(job.spec.id)
        over = [self._trace(name) for name in others]
        for trace in (run, *over):
            trace.read(deadline)
        facts = facts_of(job.spec)
        if not run.is_complete:
            self._shown = None
            return TrainingUpdate(
                job.spec.id, run.state, facts, complete=False, share_read=run.share_read, pending=True
            )
        complete = all(trace.is_complete for trace in over)
        shown = (job.spec.id, job.result is None, [(trace.job, trace.events) for trace in (run, *over)])
        if complete and shown == self._shown:
            return None
        self._shown = shown if complete else None
        return TrainingUpdate(
            job.spec.id,
            run.state,
            facts,
            charts(run, [trace for trace in over if trace.is_complete]),
            with_existence(checkpoints(run.states, job.result)),
            position_of(run.state, facts),
            gains(job.result),
            pending=not complete,
        )

    def _trace(self, name: str) -> Trace:
        trace = self._traces.pop(name, None) or Trace(JobFolder(self._store.root / name))
        self._traces[name] = trace
        while len(self._traces) > KEPT:
            self._traces.pop(next(iter(self._traces)))
        return trace
