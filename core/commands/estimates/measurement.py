"""The time of a training by a few measured steps."""

from __future__ import annotations

from pathlib import Path

from core.commands.estimates.resources import Record
from core.errors import LabtopError
from core.figures import binary_size, counted
from core.jobs.temporary import temporary_job
from core.training.arguments import PhaseTraining, TrainArguments
from core.training.launch import launcher_for

TARGET = "core.training.speed:measure"


def measured_speed(model: Path, run: PhaseTraining) -> Record:
    """The speed of a few steps on this machine's devices, as `core.training.speed` returns it."""
    if run.nnodes > 1:
        raise LabtopError(
            "--measure runs on one machine, and the training on several.",
            hint="Leave out --nnodes: the speed is nearly in proportion to the number of machines.",
        )
    with temporary_job("train") as context:
        output = context.folder.path / "output"
        arguments = TrainArguments(**{**dict(run), "model_path": model, "ckpt_output_dir": output})
        launcher = launcher_for(arguments, output)
        return context.work(TARGET, arguments.model_dump(mode="json"), "measure", launcher=launcher)


def minutes_at(tokens_per_second: float | None, tokens: int, epochs: int) -> float | None:
    """The time of a training with so many tokens an epoch; None if the data was too little to measure with."""
    return tokens * epochs / tokens_per_second / 60 if tokens_per_second else None


def speed_text(speed: Record) -> str:
    """What was measured."""
    if not speed["tokens_per_second"]:
        return "not measured: the data is one step"
    return (
        f"{speed['tokens_per_second']:,.0f} tokens/s, {speed['samples_per_second']:,.1f} samples/s in "
        f"{counted(speed['steps'], 'step')}; {binary_size(speed['peak_memory'])} of memory"
    )
