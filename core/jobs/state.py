"""The state of a job, as its events tell it; both faces show this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.events import QUIET_SECONDS, Data
from core.jobs.curves import Curve

StageStatus = Literal["waiting", "running", "succeeded", "failed", "cancelled"]


@dataclass(frozen=True)
class Progress:
    done: float
    total: float | None
    unit: str
    rate: float | None = None
    """Of `unit` a second."""
    seconds_left: float | None = None
    tokens_per_second: float | None = None
    """That a model writes, where servers report it."""

    @property
    def fraction(self) -> float | None:
        return max(0.0, min(1.0, self.done / self.total)) if self.total else None


@dataclass(frozen=True)
class Count:
    """What became of a block's output on a leaf."""

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
class StageState:
    id: str
    title: str
    status: StageStatus = "waiting"
    expected_seconds: float | None = None
    amount: float | None = None
    unit: str = ""
    purpose: str = ""
    quiet_seconds: float = QUIET_SECONDS
    stop_seconds: float | None = None
    """The most that its work needs to end by itself when the job is asked to stop; None when it is interrupted."""
    progress: Progress | None = None
    started: float | None = None
    """Seconds since the job's start."""
    seconds: float | None = None

    @property
    def fraction(self) -> float:
        """How much of the stage is done, 0 to 1."""
        if self.status == "succeeded":
            return 1.0
        return (self.progress.fraction or 0.0) if self.progress is not None else 0.0


@dataclass(frozen=True)
class JobState:
    """Everything that a job has told so far."""

    status: Literal["queued", "running", "succeeded", "failed", "cancelled"] = "queued"
    kind: str = ""
    pid: int | None = None
    host: str = ""
    resumes: str | None = None
    started: float | None = None
    """Seconds since 1970."""
    seconds: float = 0.0
    """Since the job's start, up to its last event."""
    last_told: float | None = None
    """When the last event other than a heartbeat came, in seconds since the job's start."""
    stages: dict[str, StageState] = field(default_factory=dict)
    current: str | None = None
    """The stage that runs."""
    metrics: dict[str, dict[str, Curve]] = field(default_factory=dict)
    """By stage and name. The curves of a state are not changed: the next state has others."""
    counts: dict[tuple[str, str], Count] = field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    samples: tuple[Data, ...] = ()
    notes: tuple[Data, ...] = ()
    notes_told: int = 0
    """All of them, those too that are no longer kept."""
    artifacts: tuple[Data, ...] = ()
    heartbeat: Data = field(default_factory=dict)
    error: Data | None = None
    result: Data | None = None
    events: int = 0

    @property
    def stage(self) -> StageState | None:
        return self.stages.get(self.current) if self.current else None

    @property
    def stop_seconds(self) -> float:
        """How long the stages that run may take to end by themselves after a request to stop."""
        return max(
            (stage.stop_seconds or 0.0 for stage in self.stages.values() if stage.status == "running"), default=0
        )

    @property
    def progress(self) -> float | None:
        """Of the whole job, 0 to 1; stages weigh as the seconds that they are expected to take."""
        if self.status == "succeeded":
            return 1.0
        if not any(stage.expected_seconds or stage.amount or stage.fraction for stage in self.stages.values()):
            return None  # nobody said how much there is to do
        weights = {key: stage.expected_seconds or 1.0 for key, stage in self.stages.items()}
        return sum(weights[key] * stage.fraction for key, stage in self.stages.items()) / sum(weights.values())

    @property
    def seconds_left(self) -> float | None:
        """The running stage's own estimate, and for the stages to come what was expected."""
        stage = self.stage
        if self.status != "running" or stage is None:
            return None
        left = stage.progress.seconds_left if stage.progress else None
        if left is None:
            if stage.expected_seconds is None or stage.started is None:
                return None
            left = max(0.0, stage.expected_seconds - (self.seconds - stage.started))
        coming = [other.expected_seconds for other in self.stages.values() if other.status == "waiting"]
        return None if None in coming else left + sum(seconds or 0.0 for seconds in coming)

    def summary(self) -> dict[str, Any]:
        """The record of `status.json`."""
        stage = self.stage
        return {
            "status": self.status,
            "kind": self.kind,
            "pid": self.pid,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "progress": None if self.progress is None else round(self.progress, 4),
            "stage": None if stage is None else stage.title,
            "quiet_seconds": QUIET_SECONDS if stage is None else stage.quiet_seconds,
            "stop_seconds": self.stop_seconds,
            "last_told": self.last_told,
            "error": self.error,
            "result": self.result,
        }
