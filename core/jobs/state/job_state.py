"""The state of a job, derived from its events; commands and workbench both show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.events import QUIET_SECONDS, Data
from core.jobs.state.curves import Curve
from core.jobs.state.estimate import Estimate, estimate
from core.jobs.state.stages import StageState


@dataclass(frozen=True)
class Count:
    """Counts of a block's output on a leaf: produced, parsed, kept, rejected."""

    leaf: str
    block: str
    produced: int
    parsed: int
    kept: int
    rejected: dict[str, int]


@dataclass(frozen=True)
class Score:
    benchmark: str
    model: str
    score: float
    stderr: float | None
    n: int | None
    stage: str | None


@dataclass(frozen=True)
class TaskScores:
    """A model's scores on the tasks of a benchmark that are finished, while others are not."""

    benchmark: str
    model: str
    tasks: dict[str, Score]
    total: int
    """How many tasks the benchmark has."""


@dataclass(frozen=True)
class Choice:
    """What a stage chooses a checkpoint by, and which one it has chosen."""

    criterion: str
    best: str | None = None
    """The path of the chosen checkpoint; None before it is chosen."""
    score: float | None = None
    tied: tuple[str, ...] = ()
    """The checkpoints that are as good within the uncertainty, with the chosen one."""


@dataclass(frozen=True)
class JobState:
    """Everything that a job has reported so far."""

    status: Literal["queued", "running", "succeeded", "failed", "cancelled"] = "queued"
    kind: str = ""
    pid: int | None = None
    host: str = ""
    resumes: str | None = None
    started: float | None = None
    """Seconds since 1970."""
    seconds: float = 0.0
    """Since the job's start, up to its last event."""
    last_reported: float | None = None
    """When the last event other than a heartbeat was reported, in seconds since the job's start."""
    stages: dict[str, StageState] = field(default_factory=dict)
    current: str | None = None
    """The id of the running stage."""
    metrics: dict[str, dict[str, Curve]] = field(default_factory=dict)
    """By stage and name. The curves of a state are never changed: the next state has copies."""
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    task_scores: dict[tuple[str, str], TaskScores] = field(default_factory=dict)
    """By benchmark and model, of those that have no score yet."""
    choices: dict[str, Choice] = field(default_factory=dict)
    """By stage."""
    samples: tuple[Data, ...] = ()
    notes: tuple[Data, ...] = ()
    note_count: int = 0
    """Of all notes, including those no longer kept."""
    artifacts: tuple[Data, ...] = ()
    heartbeat: Data = field(default_factory=dict)
    error: Data | None = None
    result: Data | None = None
    events: int = 0

    @property
    def stage(self) -> StageState | None:
        return self.stages.get(self.current) if self.current else None

    @property
    def curve_grows(self) -> bool:
        """Whether the running stage reports metrics."""
        return self.status == "running" and self.current in self.metrics

    @property
    def stop_seconds(self) -> float:
        """How long the running stages may take to end by themselves after a request to stop."""
        return max(
            (stage.stop_seconds or 0.0 for stage in self.stages.values() if stage.status == "running"), default=0
        )

    @property
    def estimate(self) -> Estimate:
        """The expected duration of the job and its stages, at the time of its last event."""
        return estimate(self.status, self.stages, self.seconds)

    @property
    def progress(self) -> float | None:
        """Of the whole job, 0 to 1: the share of its expected duration that has passed. None while it is unknown."""
        return self.estimate.fraction

    @property
    def seconds_left(self) -> float | None:
        """Until the end of the job, from the same estimate; None while it is unknown, and after the end."""
        return self.estimate.seconds_left

    def summary(self) -> dict[str, Any]:
        """The record of `status.json`."""
        stage = self.stage
        known = self.estimate
        ended_in = next((other for other in self.stages.values() if other.status in ("failed", "cancelled")), None)
        progress = stage.progress if stage is not None else None
        return {
            "status": self.status,
            "kind": self.kind,
            "pid": self.pid,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "progress": None if known.fraction is None else round(known.fraction, 4),
            "seconds_left": None if known.seconds_left is None else round(known.seconds_left, 1),
            "stage": None if stage is None else stage.title,
            "activity": None if progress is None else progress.activity_with_rate,
            "ended_in": None if ended_in is None else ended_in.title,
            "quiet_seconds": QUIET_SECONDS if stage is None else stage.quiet_seconds,
            "stop_seconds": self.stop_seconds,
            "last_told": self.last_reported,
            "error": self.error,
            "result": self.result,
        }
