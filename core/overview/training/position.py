"""Where a training is: phase, epoch, step, and the time left."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from core.jobs.state.job_state import JobState
from core.jobs.state.stages import StageState
from core.overview.training.facts import PhaseFacts, TrainingFacts
from core.overview.training.stages import SUBJECTS, is_training, phase_of


@dataclass(frozen=True)
class Position:
    """What is not known is None."""

    stage: StageState
    """The training stage that runs or ran last."""
    phase: int
    phases: int
    step: int | None = None
    steps: int | None = None
    epoch: float | None = None
    """Passes over the data so far."""
    epochs: int | None = None

    @property
    def phase_text(self) -> str:
        """Such as `phase 2 of 2: skills`; empty in a training without phases."""
        if self.stage.id == "train":
            return ""
        subject = f": {SUBJECTS[self.phase]}" if self.phase in SUBJECTS else ""
        return f"phase {self.phase}" + (f" of {self.phases}" if self.phases > 1 else "") + subject

    @property
    def parts(self) -> list[str]:
        """Phase, epoch and step, those that are known."""
        return self._parts(self.phase_text)

    @property
    def short_parts(self) -> list[str]:
        """The same with the phase as `phase 2/2`."""
        return self._parts(f"phase {self.phase}/{self.phases}" if self.phase_text else "")

    def _parts(self, phase: str) -> list[str]:
        epoch = step = ""
        if self.epoch is not None:
            epoch = f"epoch {self.epoch:.1f}" + (f"/{self.epochs}" if self.epochs else "")
        if self.step is not None:
            step = f"step {self.step:,}" + (f"/{self.steps:,}" if self.steps else "")
        return [part for part in (phase, epoch, step) if part]


def position_of(state: JobState, facts: TrainingFacts) -> Position | None:
    """The position in the training stage that runs, or in the last one that did; None before the first."""
    begun = [stage for stage in state.stages.values() if is_training(stage.id) and stage.status != "waiting"]
    if not begun:
        return None
    stage = next((one for one in reversed(begun) if one.status == "running"), begun[-1])
    phase = phase_of(stage.id)
    phases = max(len(facts.phases), len({phase_of(one) for one in state.stages if is_training(one)}))
    settings = facts.phases.get(phase, PhaseFacts())
    metrics = state.metrics.get(stage.id, {})
    newest = metrics["loss"].newest if "loss" in metrics else None
    step = None if newest is None else newest[0]
    progress = stage.progress
    if progress is None or progress.unit != "samples" or not progress.total:
        return Position(stage, phase, phases, step, epochs=settings.epochs)
    epochs = settings.epochs
    epoch = None if epochs is None else epochs * progress.done / progress.total
    return Position(stage, phase, phases, step, _steps(progress.total, settings), epoch, epochs)


def _steps(samples: float, settings: PhaseFacts) -> int | None:
    """The optimizer steps of all epochs; the last one of an epoch may be smaller."""
    if not settings.epochs or not settings.batch_size:
        return None
    return settings.epochs * ceil(samples / settings.epochs / settings.batch_size)
