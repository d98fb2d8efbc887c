"""The state of jobs from their events: of a running job what is new, of an ended one everything once."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import ENDED, Observation
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce, without_metrics
from core.jobs.tail import EventTail


@dataclass
class _Known:
    tail: EventTail
    state: JobState = field(default_factory=JobState)
    ended: bool = False


class JobReader:
    """Keeps the state of each job that was read, as long as the job exists."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}

    def read(self, job: Observation) -> JobState:
        """Everything that a job has reported so far."""
        name = job.spec.id
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = _Known(EventTail(JobFolder(self._store.root / name).events))
        if not known.ended:
            known.ended = job.status in ENDED  # before its last events are read
            while events := known.tail.read():
                # The curves of ended jobs are not shown: adding their points would cost more than all the rest.
                known.state = reduce(known.state, map(without_metrics, events) if known.ended else events)
        return known.state

    def forget_others(self, names: set[str]) -> None:
        """Drop what is known about jobs that no longer exist."""
        self._known = {name: known for name, known in self._known.items() if name in names}
