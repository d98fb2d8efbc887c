"""`labtop model train`: train a student in one phase, or in the two phases of LAB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from core.errors import LabtopError
from core.paths import expanded
from tui.cli.configured import OptionCommand, origin

if TYPE_CHECKING:
    from core.config.options.train import TrainOptions
    from core.evaluation.arguments import TaskEvaluation
    from core.paths import Paths
    from core.training.arguments import TrainArguments
    from core.training.phases import PhasesOptions

SINGLE = {
    "data_path": "--phased-phase1-data and --phased-phase2-data",
    "ckpt_output_dir": "--phased-base-dir",
    "num_epochs": "--phased-phase1-num-epochs and --phased-phase2-num-epochs",
    "effective_batch_size": "--phased-phase1-effective-batch-size and --phased-phase2-effective-batch-size",
    "learning_rate": "--phased-phase1-learning-rate and --phased-phase2-learning-rate",
    "save_samples": "--phased-phase1-samples-per-save and --phased-phase2-samples-per-save",
}
"""The options of training in one phase, each with its counterparts for two phases."""


@click.command(cls=OptionCommand, options="train")
@click.pass_context
def train(context: click.Context, options: TrainOptions) -> None:
    """Train a student model on generated data.

    With --strategy lab-multiphase the student is trained in two phases: first on knowledge, then, from the best
    checkpoint, on skills. Every checkpoint is evaluated, and the best one of phase 2 is the result. The same command
    resumes a training that was stopped.
    """
    from core import paths
    from core.system.extras import require
    from tui.cli.jobs.follow import run_job

    _refuse_unused(context, options.strategy)
    roots = paths.current()
    require("eval" if options.strategy else "train")
    model = checked_student(context, options)
    if options.strategy is None:
        work = {"train": _single(model, options, roots).model_dump(mode="json")}
    else:
        ask = not (options.detached or options.json_output)
        work = {"phases": _phases(model, options, roots, ask=ask).to_data()}
    run_job(
        kind="train",
        runner="core.training.job:run",
        options=work,
        json_output=options.json_output,
        detached=options.detached,
        title=f"Train {model.name}" + (" in two phases" if options.strategy else ""),
    )


def _refuse_gpu(context: click.Context, options: TrainOptions) -> None:
    if options.device == "cpu":
        return
    hint = "Use --device cpu and a small model."
    if (origin(context, "train.device") or "").startswith("profile"):
        hint = (
            f"The profile {options.profile} sets the device {options.device}. Use --device cpu and a small model, or "
            "set train.device to cpu (labtop config edit); the profile's values are then replaced by defaults."
        )
    raise LabtopError(f"Training on {options.device} is not supported yet: this version trains on cpu.", hint=hint)


def _refuse_unused(context: click.Context, strategy: str | None) -> None:
    """Reject options that would have no effect."""
    for option in context.command.params:
        name = option.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if strategy is None and (name.startswith("phased_") or name == "tasks_dir"):
            raise click.UsageError(f"{option.opts[0]} requires --strategy lab-multiphase.")
        if strategy is not None and name in SINGLE:
            raise click.UsageError(
                f"{option.opts[0]} is for training in one phase. With --strategy lab-multiphase use {SINGLE[name]}."
            )


def checked_student(context: click.Context, options: TrainOptions) -> Path:
    """The folder of the model to train. Raises LabtopError if it cannot be trained here."""
    from core import paths
    from core.models.local import check_model_folder
    from core.serving.names import require_model

    _refuse_gpu(context, options)
    if options.model_path is None:
        raise LabtopError("No student model given.", hint="Pass its folder with --model-path, or set train.model_path.")
    model = Path(require_model(options.model_path, paths.current().models_dir))
    check_model_folder(model)
    return model


def _single(model: Path, options: TrainOptions, roots: Paths) -> TrainArguments:
    from core.training.arguments import TrainArguments
    from core.training.data_files import training_data

    return TrainArguments(
        **options.training(),
        model_path=model,
        data_path=tuple(training_data(_absolute(options.data_path), roots.datasets_dir)),
        ckpt_output_dir=_absolute(options.ckpt_output_dir) or roots.checkpoints_dir,
    )


def _phases(model: Path, options: TrainOptions, roots: Paths, *, ask: bool) -> PhasesOptions:
    from core.training.arguments import PhaseTraining
    from core.training.data_files import phase_data
    from core.training.phases import SUBJECTS, Phase, PhaseOptions, PhasesOptions, start_over

    base = _absolute(options.phased_base_dir) or roots.phased_dir
    given: dict[Phase, Path | None] = {1: options.phased_phase1_data, 2: options.phased_phase2_data}
    data = {
        number: phase_data(_absolute(given[number]), roots.datasets_dir, subject)
        for number, subject in SUBJECTS.items()
    }
    evaluation = _evaluation(_absolute(options.tasks_dir), (data[1].parent, roots.datasets_dir))

    def phase(number: Phase) -> PhaseOptions:
        training = PhaseTraining(**options.phase_training(number), data_path=(data[number],))
        return PhaseOptions(training=training, evaluation=evaluation)

    if ask and not options.skip_user_confirm and _wants_new_training(base):
        start_over(base)
    return PhasesOptions(model_path=str(model), base_dir=str(base), phase1=phase(1), phase2=phase(2))


def _evaluation(given: Path | None, folders: Sequence[Path]) -> TaskEvaluation | None:
    """The given tasks, else those of the first folder that contains some."""
    from core.evaluation.arguments import TaskEvaluation
    from core.evaluation.tasks import find_task_files

    for folder in [given] if given is not None else folders:
        try:
            return TaskEvaluation(tasks=tuple(find_task_files(folder)))
        except LabtopError:
            if given is not None:
                raise
    return None


def _wants_new_training(base: Path) -> bool:
    """Ask, if there is a terminal, whether an unfinished training in the folder should be replaced by a new one."""
    import sys

    from core.training.journal import JOURNAL_FILE

    if not (base / JOURNAL_FILE).exists() or not sys.stdin.isatty():
        return False
    click.echo(f"{base} contains a training; by default it is resumed.", err=True)
    return click.confirm("Keep it as a backup and start from the beginning instead?", default=False, err=True)


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else expanded(path).absolute()


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print the checkpoints, or the best one of a training in phases, and how to serve it."""
    if "phases" not in result:
        for checkpoint in result["checkpoints"]:
            click.echo(f"{checkpoint['path']}  loss {checkpoint['loss']:.4f}")
        best = result["checkpoints"][-1]["path"]
    else:
        best = result["best"]
        score = "" if result["score"] is None else f" with score: {result['score']:.4f}"
        click.echo(f"Training finished! Best final checkpoint: {Path(best).name}{score}")
        click.echo(f"Journal: {result['journal']}")
    click.echo(f"Serve it with: labtop model serve --model-path {best}")
