"""The options of a training in phases, as a job's spec has them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator

from core.config.options.base import Options
from core.config.options.training.phases import Criterion
from core.config.worker_arguments import parse
from core.errors import LabtopError
from core.evaluation.arguments import EvaluateJob, TaskEvaluation
from core.models.digest import file_digest, model_digest
from core.training.arguments import SPEED, PhaseTraining
from core.training.folders import check_folders
from core.training.phases.stages import Phase
from core.training.replay import ReplayOptions

PHASED_BASE_DIR = "--phased-base-dir"


class CheckpointEvaluation(TaskEvaluation):
    """How the checkpoints of a phase are evaluated."""

    criterion: Criterion = "auto"
    questions: tuple[Path, ...] = ()
    """Files of questions for the criterion `asked`; without one, questions of the tasks are used."""
    mmlu: tuple[Path, ...] = ()
    """The task files of MMLU."""
    judge: EvaluateJob | None = None
    """The judge of `mt_bench`, as in a job of `model evaluate`; its models and its output folder are not used."""
    no_judge: str = ""
    """Why there is none, as the rest of a sentence."""


def _evaluation(value: Any) -> Any:
    """Jobs of earlier versions have null where no tasks were found."""
    return CheckpointEvaluation() if value is None else value


class PhaseOptions(Options):
    """One phase."""

    training: PhaseTraining
    evaluation: Annotated[CheckpointEvaluation, BeforeValidator(_evaluation)] = CheckpointEvaluation()


class PhasesOptions(Options):
    """A training in phases."""

    model_path: str
    base_dir: str
    """Holds the journal, `phase1/` and `phase2/`."""
    phase1: PhaseOptions | None
    """None without knowledge data."""
    phase2: PhaseOptions | None
    """None without skills data."""
    replay: ReplayOptions | None = None
    compare: bool = False
    """Whether the result is compared with the model that the training starts from."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PhasesOptions:
        return parse(cls, data, "Training in phases")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    @property
    def phases(self) -> dict[Phase, PhaseOptions]:
        """The phases to run, in order. Raises LabtopError when there are none."""
        both: dict[Phase, PhaseOptions | None] = {1: self.phase1, 2: self.phase2}
        found = {number: phase for number, phase in both.items() if phase is not None}
        if not found:
            raise LabtopError("There is no training data, neither knowledge nor skills.", hint="Generate data first.")
        return found

    def check_folders(self) -> None:
        """Raises LabtopError for a model in a folder that the phases write to."""
        base, model = Path(self.base_dir), Path(self.model_path)
        for number in self.phases:
            check_folders(model, base / f"phase{number}", PHASED_BASE_DIR)
        if model.resolve() == base.resolve():
            check_folders(model, base, PHASED_BASE_DIR)

    def digest(self) -> str:
        """A hash of what determines the result, to check that a journal belongs to the same training."""
        unused = {"mmlu", "judge", "no_judge", "batch_size", "evaluator"}
        paths = {"data_path", "data_output_dir", "tensorboard_log_dir", "keep_checkpoints"}
        phase = {"training": SPEED | paths, "evaluation": unused}
        record = self.model_dump(
            mode="json",
            exclude={
                "phase1": phase,
                "phase2": phase,
                "model_path": True,
                "base_dir": True,
                "replay": {"data"},
                "compare": True,
            },
            exclude_defaults=True,
        )
        digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode())
        digest.update(model_digest(Path(self.model_path)))
        for number, each in self.phases.items():
            digest.update(f"phase {number}".encode())
            for path in each.training.data_path:
                digest.update(file_digest(path))
        if self.replay is not None:
            digest.update(self.replay.digest())
        return digest.hexdigest()
