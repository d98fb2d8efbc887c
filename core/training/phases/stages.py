"""The steps of a training in phases, and what runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

from core.events import Reporter, StagePlan
from core.jobs.launchers import Launcher
from core.jobs.state.score_text import COMPARE_STAGE
from core.training.data_files import Subject

Phase = Literal[1, 2]
SUBJECTS: dict[Phase, Subject] = {1: "knowledge", 2: "skills"}
TRAIN = "core.training.worker:train"

LOADING_SECONDS = 300.0
"""The longest time without events: importing torch and loading a large model report nothing."""

COMPARE = StagePlan(
    COMPARE_STAGE, "Compare with the base model", unit="questions", purpose="What was gained, and what was forgotten."
)


class WorkContext(Protocol):
    """The part of a job's context that the phases use."""

    @property
    def reporter(self) -> Reporter: ...

    def work(
        self,
        target: str,
        arguments: Mapping[str, Any],
        stage: str | None = None,
        *,
        launcher: Launcher | None = None,
    ) -> dict[str, Any]: ...


def phase_stages(phases: Iterable[Phase] = (1, 2)) -> list[StagePlan]:
    """The stages of a training in phases, without the comparison at the end."""
    return [plan for number in phases for plan in (train_stage(number), evaluation_stage(number))]


def train_stage(number: Phase) -> StagePlan:
    """The stage that trains a phase."""
    return StagePlan(f"train.phase{number}", f"Train phase {number}: {SUBJECTS[number]}", unit="samples")


def evaluation_stage(number: Phase) -> StagePlan:
    """The stage that evaluates a phase's checkpoints."""
    return StagePlan(f"evaluate.phase{number}", f"Evaluate phase {number}", unit="questions")
