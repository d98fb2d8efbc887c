"""A training and the jobs that it resumes, read from their events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from functools import cached_property

from core.jobs.folder import JobFolder
from core.jobs.follow import EVENT_BYTES, resumed_jobs
from core.jobs.state.curves import Point
from core.jobs.state.job_curves import continued
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from core.jobs.tail import EventTail
from core.overview.training.gauges import Gauges
from core.overview.training.stages import is_training, phase_of


@dataclass
class _Part:
    """One job's events, reduced to its state and its gauges."""

    folder: JobFolder
    state: JobState = field(default_factory=JobState)
    gauges: Gauges = field(default_factory=Gauges)
    tail: EventTail = field(init=False)

    def __post_init__(self) -> None:
        self.tail = EventTail(self.folder.events)

    def read(self, deadline: float) -> bool:
        """Read what is new until the deadline; returns whether everything is read."""
        while time.monotonic() < deadline:
            events = self.tail.read(EVENT_BYTES)
            if not events:
                return True
            self.state = reduce(self.state, events)
            self.gauges.add(events)
        return False

    @property
    def written(self) -> int:
        try:
            return self.folder.events.stat().st_size
        except OSError:
            return 0


class Trace:
    """Everything that a job, and the jobs that it resumes, have reported about their training."""

    def __init__(self, folder: JobFolder) -> None:
        self.folder = folder
        self._parts = [_Part(each) for each in [*resumed_jobs(folder), folder]]
        self.is_complete = False
        """Whether everything written so far was read at the last reading."""

    @property
    def job(self) -> str:
        return self.folder.id

    @cached_property
    def name(self) -> str:
        """The job's name in a legend: its id without the kind."""
        return self.folder.id.rpartition("-")[2]

    def read(self, deadline: float) -> None:
        """Read what is new, until the deadline."""
        self.is_complete = all(part.read(deadline) for part in self._parts)

    @property
    def events(self) -> int:
        """How many events were read."""
        return sum(part.state.events for part in self._parts)

    @property
    def share_read(self) -> float:
        """Of everything written so far."""
        written = sum(part.written for part in self._parts)
        return min(1.0, sum(part.tail.offset for part in self._parts) / written) if written else 1.0

    @property
    def state(self) -> JobState:
        """Of the job itself."""
        return self._parts[-1].state

    @property
    def states(self) -> list[JobState]:
        """Of all jobs of the training, the oldest first."""
        return [part.state for part in self._parts]

    def names(self) -> set[str]:
        """The names of all curves of its training stages."""
        return {
            name
            for part in self._parts
            for curves in (part.state.metrics, part.gauges.curves)
            for stage, named in curves.items()
            if is_training(stage)
            for name in named
        }

    def phases(self) -> dict[int, str]:
        """The stages that have curves, by phase."""
        stages = dict.fromkeys(stage for part in self._parts for stage in part.state.metrics if is_training(stage))
        return dict(sorted((phase_of(stage), stage) for stage in stages))

    def curve(self, stage: str, name: str) -> tuple[list[Point], list[float]]:
        """The points of a curve in a stage, and the steps of its checkpoints, over all jobs of the training."""
        runs = [
            part.state
            if name in part.state.metrics.get(stage, {}) or name not in part.gauges.curves.get(stage, {})
            else replace(part.state, metrics={stage: {name: part.gauges.curves[stage][name]}})
            for part in self._parts
        ]
        return continued(runs, stage, name)
