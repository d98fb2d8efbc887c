"""The arguments of a training worker: the training options and the paths of its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from annotated_types import MinLen
from pydantic import BeforeValidator

from core.config.options.train import DeviceOptions, TrainingOptions
from core.config.options.training.adapters import AdapterOptions
from core.config.worker_arguments import parse
from core.evaluation.arguments import Scored

JOURNAL_FILE = "journalfile.yaml"
"""The journal of a training in phases, in its folder; InstructLab's name."""

OnePath = BeforeValidator(lambda value: (value,) if isinstance(value, str | Path) else value)


SPEED = {*DeviceOptions.model_fields, "threads", "max_batch_len", "validation_frequency"}
"""Settings that change neither the result of a training nor which checkpoints it has."""

EXECUTION = SPEED | {"save_samples", "checkpoint_at_epoch", "max_checkpoints", "keep_checkpoints"}
"""Settings that may differ between the attempts of a training."""


class PhaseTraining(TrainingOptions):
    """A training whose model and output folder are not known before its phase starts."""

    data_path: Annotated[tuple[Path, ...], MinLen(1), OnePath]
    """JSON Lines files of chat samples, read one after the other."""
    data_output_dir: Path | None = None
    """Folder for the tokenised samples; None is labtop's cache."""
    tensorboard_log_dir: Path | None = None
    """Folder for TensorBoard's event files; None writes none."""


class LossArguments(Scored):
    """The arguments of `core.training.loss_worker:measure`."""

    training: PhaseTraining
    """The settings that the data is read with, and the data."""
    benchmark: str
    """The name of the loss."""
    held_out: bool = False
    """Whether only the samples are read that the training holds out for validation."""


class TrainArguments(PhaseTraining):
    """One training run."""

    model_path: Path
    ckpt_output_dir: Path

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TrainArguments:
        """The arguments of a JSON object; `data_path` may be one path or a list."""
        return parse(cls, data, "Training")

    def result_settings(self) -> dict[str, Any]:
        """The settings that determine the result: without paths, and without what limits memory, time or disk.

        Devices and ranks change only the order of sums; the precision is the one asked for.
        """
        unused = set() if self.lora_rank else {*AdapterOptions.model_fields}
        paths = {"model_path", "data_path", "data_output_dir", "tensorboard_log_dir", "ckpt_output_dir"}
        return self.model_dump(mode="json", exclude=EXECUTION | paths | unused)
