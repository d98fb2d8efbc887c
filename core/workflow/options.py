"""What a run is asked to do, all of it, as it comes in a job's spec."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from core.config.options.base import Options
from core.config.options.train import TrainingOptions
from core.config.worker_arguments import parse
from core.sdg.options import GenerateSource
from core.training.phases import Phase

GENERATE = "generate"
TRAIN = "train"
EVALUATE = "evaluate"
SERVE = "serve"
STAGES = (GENERATE, TRAIN, EVALUATE, SERVE)


class ServeOptions(Options):
    """Where the tuned model is served."""

    host: str = "127.0.0.1"
    port: int = 8000
    """Another one is taken when it is in use."""


class LoopOptions(Options):
    """The method on one taxonomy and one student, in one folder."""

    folder: Path
    """Holds everything that is made, and the records of what is done."""
    generate: GenerateSource
    phases: dict[Phase, TrainingOptions]
    """Settings of training: 1 is knowledge, 2 skills."""
    student: str | None = None
    """The folder of the model to train; None when a stage before makes it."""
    choosing: Mapping[str, Any] = Field(default_factory=dict)
    """How checkpoints are evaluated on the generated tasks: `limit`, `few_shots`, `batch_size`."""
    questions: tuple[Path, ...] = ()
    """Files of held-out questions; without one, base and tuned are asked the generated tasks."""
    serve: ServeOptions = ServeOptions()
    first: str = GENERATE
    last: str = SERVE
    seed: int = 42
    """Decides the wrong answers next to held-out questions."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LoopOptions:
        """The options in a job's spec."""
        return parse(cls, data, "A run")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
