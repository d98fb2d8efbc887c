"""`labtop model train`: train a student in one phase, or by LAB's two."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from core.errors import LabtopError
from tui.cli.configured import ConfiguredCommand
from tui.cli.given_path import GivenPath

_PATH = GivenPath(path_type=Path)
_COUNT = click.IntRange(min=1)
_NATURAL = click.IntRange(min=0)
_RATE = click.FloatRange(min=0, min_open=True)
_SEED = click.IntRange(0, 2**32 - 1)

SINGLE = {
    "data_path": "--phased-phase1-data and --phased-phase2-data",
    "ckpt_output_dir": "--phased-base-dir",
    "num_epochs": "--phased-phase1-num-epochs and --phased-phase2-num-epochs",
    "effective_batch_size": "--phased-phase1-effective-batch-size and --phased-phase2-effective-batch-size",
    "learning_rate": "--phased-phase1-learning-rate and --phased-phase2-learning-rate",
    "save_samples": "--phased-phase1-samples-per-save and --phased-phase2-samples-per-save",
}
"""The options of training in one phase, and those that stand for each with phases."""


@click.command(cls=ConfiguredCommand, section="train")
@click.option("--data-path", type=_PATH, help="File of chat samples, or a folder whose newest are taken.")
@click.option(
    "--model-path", "--model-name", help="The student to train: its folder, or the name of a model that is here."
)
@click.option("--ckpt-output-dir", type=_PATH, help="Where checkpoints are written.")
@click.option("--num-epochs", type=_COUNT, help="How often every sample is seen.")
@click.option("--effective-batch-size", type=_COUNT, help="Samples of one optimizer step.")
@click.option("--max-seq-len", type=_COUNT, help="Longest sample, in tokens; longer ones are left out.")
@click.option("--max-batch-len", type=_COUNT, help="The most tokens of one forward pass; bounds the memory.")
@click.option("--learning-rate", type=_RATE, help="At its peak, after the warm-up.")
@click.option("--warmup-steps", type=_NATURAL, help="Steps in which the learning rate rises.")
@click.option("--save-samples", type=_NATURAL, help="A checkpoint each so many samples; 0 only at epoch ends.")
@click.option("--checkpoint-at-epoch/--no-checkpoint-at-epoch", default=None, help="A checkpoint at each epoch's end.")
@click.option("--device", help="Where to train; so far only cpu.")
@click.option("--strategy", type=click.Choice(["lab-multiphase"]), help="Knowledge first, then skills, best to best.")
@click.option("--phased-base-dir", type=_PATH, help="Where the phases and their journal are written.")
@click.option("--phased-phase1-data", type=_PATH, help="Knowledge samples.  [default: the newest]")
@click.option("--phased-phase1-num-epochs", type=_COUNT, help="Like --num-epochs, of phase 1.")
@click.option("--phased-phase1-effective-batch-size", type=_COUNT, help="Like --effective-batch-size, of phase 1.")
@click.option("--phased-phase1-learning-rate", type=_RATE, help="Like --learning-rate, of phase 1.")
@click.option("--phased-phase1-samples-per-save", type=_NATURAL, help="Like --save-samples, of phase 1.")
@click.option("--phased-phase2-data", type=_PATH, help="Skills samples.  [default: the newest]")
@click.option("--phased-phase2-num-epochs", type=_COUNT, help="Like --num-epochs, of phase 2.")
@click.option("--phased-phase2-effective-batch-size", type=_COUNT, help="Like --effective-batch-size, of phase 2.")
@click.option("--phased-phase2-learning-rate", type=_RATE, help="Like --learning-rate, of phase 2.")
@click.option("--phased-phase2-samples-per-save", type=_NATURAL, help="Like --save-samples, of phase 2.")
@click.option("--tasks-dir", type=_PATH, help="Tasks to choose the best checkpoint by.  [default: the newest run's]")
@click.option("--seed", "random_seed", type=_SEED, help="Decides the order of samples.")
@click.option("-y", "--skip-user-confirm", is_flag=True, help="Go on with an unfinished training without asking.")
@click.option("--json", "json_output", is_flag=True, help="Print one JSON document with the job's result.")
@click.option("--detached", "-dt", is_flag=True, help="Start the job and return its id at once.")
@click.pass_context
def train(context: click.Context, /, strategy: str | None, json_output: bool, detached: bool, **values: Any) -> None:
    """Train a student on generated data.

    With --strategy lab-multiphase it learns the knowledge first; every checkpoint is evaluated, the best one learns the
    skills, and the best checkpoint of that is the result. A training that was stopped goes on where it was.
    """
    from core import paths
    from core.models.local import check_model_folder
    from core.system.extras import require
    from tui.cli.jobs import run_job

    _refuse_unused(context, strategy)
    roots = paths.current()
    require("eval" if strategy else "train")
    if values["device"] != "cpu":
        raise LabtopError(
            f"Training on {values['device']} is not supported yet: this version trains on the processor.",
            hint="Use --device cpu with a small model.",
        )
    model = _model(values["model_path"], roots.models_dir)
    check_model_folder(model)
    if strategy is None:
        options: dict[str, Any] = {"train": _single(model, values, roots)}
    else:
        options = {"phases": _phases(model, values, roots, ask=not (detached or json_output))}
    run_job(
        kind="train",
        runner="core.training.job:run",
        options=options,
        json_output=json_output,
        detached=detached,
        title=f"Train {model.name}" + (" in two phases" if strategy else ""),
        render=_render,
    )


def _refuse_unused(context: click.Context, strategy: str | None) -> None:
    """An option that would change nothing is told, not ignored."""
    for option in context.command.params:
        name = option.name or ""
        if context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if strategy is None and (name.startswith("phased_") or name == "tasks_dir"):
            raise click.UsageError(f"{option.opts[0]} is for training in phases: add --strategy lab-multiphase.")
        if strategy is not None and name in SINGLE:
            raise click.UsageError(f"{option.opts[0]} is for training in one phase; with phases use {SINGLE[name]}.")


def _model(given: str | None, models_dir: Path) -> Path:
    from core.serving.names import require_model

    if given is None:
        raise LabtopError(
            "No model to train is named.", hint="Name its folder with --model-path, or set train.model_path."
        )
    return Path(require_model(given, models_dir))


def _common(values: dict[str, Any]) -> dict[str, Any]:
    names = ("max_seq_len", "max_batch_len", "warmup_steps", "checkpoint_at_epoch", "random_seed")
    return {name: values[name] for name in names}


def _single(model: Path, values: dict[str, Any], roots: Any) -> dict[str, Any]:
    from core.training.data_files import training_data

    data = training_data(_absolute(values["data_path"]), roots.datasets_dir)
    names = ("num_epochs", "effective_batch_size", "learning_rate", "save_samples")
    return {
        **_common(values),
        **{name: values[name] for name in names},
        "model_path": str(model),
        "data_path": [str(path) for path in data],
        "ckpt_output_dir": str(_absolute(values["ckpt_output_dir"]) or roots.checkpoints_dir),
    }


def _phases(model: Path, values: dict[str, Any], roots: Any, *, ask: bool) -> dict[str, Any]:
    from core.training.data_files import phase_data
    from core.training.phases import SUBJECTS, start_over

    base = _absolute(values["phased_base_dir"]) or roots.phased_dir
    first = phase_data(_absolute(values["phased_phase1_data"]), roots.datasets_dir, SUBJECTS[1])
    evaluation = _evaluation(_absolute(values["tasks_dir"]), (first.parent, roots.datasets_dir))
    phases: dict[str, Any] = {}
    for number, subject in SUBJECTS.items():
        prefix = f"phased_phase{number}"
        data = phase_data(_absolute(values[f"{prefix}_data"]), roots.datasets_dir, subject)
        training = {
            **_common(values),
            "data_path": [str(data)],
            "num_epochs": values[f"{prefix}_num_epochs"],
            "effective_batch_size": values[f"{prefix}_effective_batch_size"],
            "learning_rate": values[f"{prefix}_learning_rate"],
            "save_samples": values[f"{prefix}_samples_per_save"],
        }
        phases[f"phase{number}"] = {"training": training, "evaluation": evaluation}
    if ask and not values["skip_user_confirm"] and _wants_anew(base):
        start_over(base)
    return {"model_path": str(model), "base_dir": str(base), **phases}


def _evaluation(given: Path | None, folders: Sequence[Path]) -> dict[str, Any] | None:
    """Arguments of the evaluation: the tasks that were asked for, else those of the first folder that has some."""
    from core.evaluation.tasks import find_task_files

    for folder in [given] if given is not None else folders:
        try:
            return {"tasks": [str(file) for file in find_task_files(folder)]}
        except LabtopError:
            if given is not None:
                raise
    return None


def _wants_anew(base: Path) -> bool:
    """Ask whether a training that the folder holds is to be left behind; only a person at a terminal is asked."""
    import sys

    from core.training.journal import JOURNAL_FILE

    if not (base / JOURNAL_FILE).exists() or not sys.stdin.isatty():
        return False
    click.echo(f"{base} holds a training: what is done there is not done again.", err=True)
    return click.confirm("Put it aside and start from the beginning?", default=False, err=True)


def _absolute(path: Path | str | None) -> Path | None:
    return None if path is None else Path(path).expanduser().absolute()


def _render(result: dict[str, Any]) -> None:
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
