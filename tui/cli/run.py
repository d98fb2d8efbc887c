"""`labtop run`: the whole LAB method on the user's own data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.config.option import OptionRow
from core.config.option_table import TABLE
from tui.cli.configured import OptionCommand, click_option, given, load_given
from tui.cli.loop_text import labtop, near, print_scores, stage_table

if TYPE_CHECKING:
    from core.config.options.run import RunOptions
    from core.config.settings import Settings
    from core.workflow.options import WorkflowOptions

NOT_FOR_RUN = {
    "generate": (
        "output_dir", "fresh", "seed", "api_key", "tls_client_passwd", "quiet", "enable_serving_output", "gpus",
        "json_output", "detached",
    ),
    "train": (
        "data_path", "ckpt_output_dir", "num_epochs", "effective_batch_size", "learning_rate", "save_samples",
        "random_seed", "strategy", "phased_base_dir", "phased_phase1_data", "phased_phase2_data", "tasks_dir",
        "skip_user_confirm", "json_output", "detached",
    ),
    "evaluate": (
        "benchmark", "model", "base_model", "questions", "tasks_dir", "output_dir", "report_style", "json_output",
        "detached",
    ),
    "serve": ("model_path", "served_model_name", "log_file", "json_output", "detached"),
}  # fmt: skip
"""Options of the stages' own commands that do not apply here: each stage uses the results of the one before."""


def stage_rows(section: str) -> list[OptionRow]:
    """The options that a stage's own command shares with `run`."""
    rows = (row for row in TABLE[section].options if row.flags and row.name not in NOT_FOR_RUN[section])
    return [row for row in rows if not (row.unneeded or row.refused)]


SHARED = [click_option(row) for section in NOT_FOR_RUN for row in stage_rows(section)]


@click.command(cls=OptionCommand, options="run", params=SHARED)
@click.pass_context
def run(context: click.Context, /, options: RunOptions, **shared: Any) -> None:
    """Run the whole LAB method on your own taxonomy and model, in four stages.

    generate: training data from the changed leaves. train: first on knowledge, then on skills; every checkpoint is
    evaluated and the best one is used. evaluate: the model before and after training, on questions that are not in the
    training data. serve: the best checkpoint, as a separate job.

    Stages with unchanged inputs are skipped. The same command, or labtop process resume, resumes a run that was
    stopped. Earlier results are never overwritten.
    """
    from core.system.extras import require
    from tui.cli.jobs.follow import run_job

    require("cpu")
    values = {
        section: {row.name: shared[row.name] for row in stage_rows(section) if given(context, row.name)}
        for section in NOT_FOR_RUN
    }
    loop = loop_options(context, options, load_given(context, values))
    run_job(
        kind="run",
        runner="core.workflow.job:run",
        options=loop.to_data(),
        title=f"Run {_stages(loop)} in {loop.folder.name}",
        json_output=options.json_output,
        detached=options.detached,
    )


run.params.sort(key=SHARED.__contains__)  # its own options first in --help


def _stages(loop: WorkflowOptions) -> str:
    return loop.first if loop.first == loop.last else f"{loop.first} to {loop.last}"


def loop_options(context: click.Context, options: RunOptions, settings: Settings) -> WorkflowOptions:
    """The job's options. Raises LabtopError for mistakes that can be found before it starts."""
    from core import paths
    from core.config.options.evaluate import ScoringOptions
    from core.config.options.train import TrainingOptions
    from core.evaluation.held_out import read_held_out
    from core.workflow.options import STAGES, ServeOptions, WorkflowOptions
    from tui.cli.data.commands import generate_source
    from tui.cli.jobs.follow import absolute
    from tui.cli.model.train import checked_student

    if STAGES.index(options.first) > STAGES.index(options.last):
        raise click.UsageError(f"--from {options.first} is a later stage than --until {options.last}.")
    generate = settings.generate
    own_seed = {} if options.seed is None else {"random_seed": options.seed}
    if options.seed is not None:
        generate = generate.model_copy(update={"seed": options.seed})
    for file in options.questions:
        read_held_out(file)
    return WorkflowOptions(
        folder=Path(absolute(options.folder or paths.current().run_dir)),
        generate=generate_source(generate, check=options.first == "generate"),
        phase1=TrainingOptions(**{**settings.train.phase_training(1), **own_seed}),
        phase2=TrainingOptions(**{**settings.train.phase_training(2), **own_seed}),
        student=str(checked_student(context, settings.train)),
        choosing=ScoringOptions(**settings.evaluate.scoring()),
        questions=tuple(Path(absolute(file)) for file in options.questions),
        serve=ServeOptions(host=settings.serve.host, port=settings.serve.port),
        first=options.first,
        last=options.last,
        seed=generate.seed,
    )


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print what each stage did, the scores of base and tuned model, and how to use the best checkpoint."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print()
    console.print(stage_table(result))
    if any(stage["stage"] == "evaluate" for stage in result["stages"]):
        console.print()
        print_scores(console, result)
    if result["best"] is None:
        for subject in ("knowledge_train", "skills_train"):
            if file := result["files"].get(subject):
                console.print(f"Read the data: {labtop()} data show {near(file)}", soft_wrap=True, markup=False)
        return
    best = near(result["best"])
    console.print(f"\nBest checkpoint: {best}", soft_wrap=True, markup=False)
    served = result["serve"]
    if served is None:
        lines = [
            f"Serve it with: {labtop()} model serve --model-path {best}",
            f"Then talk to it: {labtop()} model chat",
        ]
    else:
        lines = [
            f"Served at {served['url']} by job {served['job']}",
            f"Talk to it:  {labtop()} model chat --endpoint-url {served['url']}",
            f"Stop it with: {labtop()} process cancel {served['job']}",
        ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
