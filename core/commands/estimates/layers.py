"""Whether a model has the layers that are to get LoRA adapters."""

from __future__ import annotations

from pathlib import Path

from core.jobs.temporary import temporary_job
from core.training.arguments import PhaseTraining, TrainArguments

TARGET = "core.training.engine.lora:check_layers"


def check_target_layers(model: Path, run: PhaseTraining) -> None:
    """Raises LabtopError for --lora-target-modules that the model does not have, with the names that it has.

    A worker builds the model without its weights, since only that has the names as the training sees them.
    """
    with temporary_job("train") as context:
        output = context.folder.path / "output"
        arguments = TrainArguments(**{**dict(run), "model_path": model, "ckpt_output_dir": output})
        context.work(TARGET, arguments.model_dump(mode="json"), "layers")
