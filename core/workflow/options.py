"""All options of a run, as stored in a job's spec."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from core.config.options.base import Options
from core.config.options.evaluate import ScoringOptions
from core.config.options.run import StageName
from core.config.options.serve import BackendOptions
from core.config.options.train import TrainingOptions
from core.config.options.training.phases import Criterion
from core.config.worker_arguments import parse
from core.evaluation.arguments import EvaluateJob
from core.sdg.options import GenerateSource
from core.training.phases.stages import Phase
from core.training.replay import ReplayOptions

STAGES: tuple[StageName, ...] = get_args(StageName)
GENERATE, TRAIN, EVALUATE, SERVE = STAGES


class ServeOptions(BackendOptions):
    """How and where the tuned model is served."""

    host: str = "127.0.0.1"
    port: int = 8000
    """Another one is used when it is taken."""


class WorkflowOptions(Options):
    """The method on one taxonomy and one student, in one folder."""

    folder: Path
    """Holds all outputs, and the records of finished stages."""
    generate: GenerateSource
    phase1: TrainingOptions
    """The training on knowledge."""
    phase2: TrainingOptions
    """The training on skills."""
    student: str | None = None
    """The folder of the model to train; None when an earlier stage creates it."""
    phase1_criterion: Criterion = "auto"
    phase2_criterion: Criterion = "auto"
    mmlu: tuple[Path, ...] = ()
    """The task files of MMLU, for the criterion mmlu."""
    judge: EvaluateJob | None = None
    """Rates checkpoints for the criterion mt_bench."""
    no_judge: str = ""
    """Why there is none."""
    replay: ReplayOptions | None = None
    """The user's own instruction data against forgetting."""
    choosing: ScoringOptions = ScoringOptions()
    """How checkpoints are evaluated on the generated tasks: `limit`, `few_shots`, `batch_size`."""
    questions: tuple[Path, ...] = ()
    """Files of held-out questions; without one, base and tuned are evaluated on the generated tasks."""
    serve: ServeOptions = ServeOptions()
    first: StageName = GENERATE
    last: StageName = SERVE
    seed: int = 42
    """Decides the wrong answers next to held-out questions."""

    @property
    def phases(self) -> dict[Phase, TrainingOptions]:
        return {1: self.phase1, 2: self.phase2}

    @property
    def criteria(self) -> dict[Phase, Criterion]:
        """What each phase's checkpoint is chosen by."""
        return {1: self.phase1_criterion, 2: self.phase2_criterion}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> WorkflowOptions:
        """The options in a job's spec."""
        return parse(cls, data, "A run")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
