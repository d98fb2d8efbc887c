"""Folders of jobs that were never run, with the events and the status that a real one would have."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.events import Event
from core.jobs.folder import JobFolder
from core.jobs.spec import Kind, new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce
from tests.core.jobs.written import write_job


@dataclass
class FakeJob:
    """A job that began some seconds ago; each event is reported one second after the one before."""

    kind: Kind
    age: float
    """Seconds since its start."""
    options: dict[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begun = time.time() - self.age
        self.add("job_started", kind=self.kind, pid=4711, host="here")

    def add(self, kind: str, stage: str | None = None, /, **data: Any) -> FakeJob:
        number = len(self.events)
        self.events.append(Event(number, self.begun + number, float(number), kind, stage, data))
        return self

    def stage(self, stage: str, status: str = "succeeded") -> FakeJob:
        return self.start(stage).add("stage_finished", stage, status=status, seconds=1.0)

    def start(self, stage: str) -> FakeJob:
        return self.add("stage_started", stage, title=stage.replace(".", " ").capitalize())

    def pairs(self, written: int, kept: int) -> FakeJob:
        key = {"leaf": "knowledge_birds", "block": "questions"}
        self.add("count", "generate", key=key, produced=written, parsed=written, kept=written)
        return self.add("count", "generate", key={**key, "block": "mix"}, produced=written, parsed=written, kept=kept)

    def score(self, stage: str, model: str, score: float) -> FakeJob:
        return self.add("score", stage, benchmark="mmlu_branch", model=model, score=score, stderr=0.05, n=85)

    def end(self, status: str = "succeeded", result: Any = None, error: str | None = None) -> FakeJob:
        failure = None if error is None else {"message": error, "hint": None}
        return self.add("job_finished", status=status, result=result, error=failure)

    def write(self, name: str | None = None) -> JobFolder:
        """Create the folder. A job without an end is running once its lock is taken."""
        fresh = new_spec(self.kind, "none:none", self.options, title=self.kind.capitalize())
        return write_job(replace(fresh, id=name or fresh.id, created=self.begun), self.events, self.age)

    def append_to(self, folder: JobFolder) -> None:
        """Add the newest event to a job that was written, as its runner would."""
        with folder.events.open("a") as events:
            events.write(self.events[-1].encode() + "\n")
        state = reduce(JobState(), self.events)
        folder.write_status({**state.summary(), "started": self.begun, "last_told": time.time()})


def model_folder(path: Path) -> Path:
    """A folder that looks like a model."""
    path.mkdir(parents=True)
    (path / "config.json").write_text("{}")
    return path
