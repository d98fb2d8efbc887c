"""The list of trainings: what each trained on what, its last loss and its best score."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.events import Event
from core.jobs.folder import JobFolder, JobStore
from core.jobs.observe import ENDED, Observation
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce, without_metrics
from core.jobs.tail import EventTail
from core.overview.model import Figure
from core.overview.training.checkpoints import CheckpointFacts, checkpoints
from core.overview.training.facts import TrainingFacts, facts_of
from core.overview.training.stages import is_training, trains
from core.overview.values import number, part

LISTED = 60
"""The newest trainings are listed."""

READ_EVENTS = 64 * 1024
"""Bytes of events that are read at once."""


@dataclass(frozen=True)
class RunSummary:
    """One training in the list."""

    job: Observation
    facts: TrainingFacts
    data: str = ""
    loss: float | None = None
    """The last one that was reported."""
    best: CheckpointFacts | None = None
    """Of the last phase that has a best checkpoint."""

    @property
    def id(self) -> str:
        return self.job.spec.id

    @property
    def score(self) -> Figure | None:
        return None if self.best is None else self.best.score


@dataclass
class _Known:
    facts: TrainingFacts
    tail: EventTail
    state: JobState = field(default_factory=JobState)
    loss: float | None = None
    ended: bool = False
    summary: RunSummary | None = None
    """Once it has ended."""

    def read(self) -> None:
        while events := self.tail.read(READ_EVENTS):
            self.loss = next((loss for event in reversed(events) if (loss := _loss(event)) is not None), self.loss)
            self.state = reduce(self.state, map(without_metrics, events))


def _loss(event: Event) -> float | None:
    if event.type != "metric" or not is_training(event.stage or ""):
        return None
    return number(event.data, "values", "loss")


class RunReader:
    """Reads the list again and again; of each job only what is new. Curves are not kept."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._known: dict[str, _Known] = {}

    def read(self, jobs: Sequence[Observation]) -> Iterator[RunSummary]:
        """The trainings among these jobs, which are in the order of their creation, the newest first."""
        trainings = [job for job in jobs if trains(job.spec)][:LISTED]
        self._known = {name: known for name, known in self._known.items() if name in {job.spec.id for job in trainings}}
        for job in trainings:
            yield self._summary(job)

    def _summary(self, job: Observation) -> RunSummary:
        known = self._known.get(job.spec.id)
        if known is None:
            folder = JobFolder(self._store.root / job.spec.id)
            known = self._known[job.spec.id] = _Known(facts_of(job.spec), EventTail(folder.events))
        if known.summary is not None and known.summary.job == job:
            return known.summary
        if not known.ended:
            known.ended = job.status in ENDED  # before its last events are read
            known.read()
        found = checkpoints([known.state], job.result)
        best = next((one for one in reversed(found) if one.is_best), None)
        data = known.facts.data or ", ".join(_generated(job.result, known.state))
        summary = RunSummary(job, known.facts, data, known.loss, best)
        known.summary = summary if known.ended else None
        return summary


def _generated(result: Any, state: JobState) -> Iterable[str]:
    """The names of the data that a job of the whole method has generated, and then trained on."""
    files = part(result, "files")
    if isinstance(files, dict):
        paths = [files.get(f"{subject}_train") for subject in ("knowledge", "skills")]
    else:
        datasets = [artifact.get("path") for artifact in state.artifacts if artifact.get("kind") == "dataset"]
        paths = [path for path in datasets if "_train_msgs" in str(path)]
    return [str(path).rpartition("/")[2] for path in paths if path]
