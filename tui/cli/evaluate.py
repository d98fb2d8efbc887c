"""`labtop model evaluate`: score a model on the questions of the taxonomy's leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tui.cli.configured import ConfiguredCommand
from tui.cli.given_path import GivenPath

_FOLDER = GivenPath(path_type=Path)


def _batch_size(text: str) -> int | None:
    """A number from 1 on; None for `auto`."""
    if text == "auto":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise click.BadParameter(f"{text} is neither auto nor a number from 1 on.")
    return int(text)


@click.command(cls=ConfiguredCommand, section="evaluate")
@click.option("--benchmark", type=click.Choice(["mmlu_branch"]), required=True, help="What to measure.")
@click.option("--model", required=True, help="The model or checkpoint to score: its folder, or a listed name.")
@click.option("--base-model", help="The model that it was tuned from, to compare with.")
@click.option(
    "--tasks-dir",
    type=_FOLDER,
    help="Where the leaves' tasks lie: a datasets folder (its newest run counts) or one run's.",
)
@click.option(
    "--few-shots",
    type=click.IntRange(min=0),
    help="Answered examples before each question.  [default: what the task says]",
)
@click.option(
    "--batch-size",
    type=_batch_size,
    default="auto",
    show_default=True,
    metavar="[auto|N]",
    help="Sequences scored at once.",
)
@click.option("--output-dir", type=_FOLDER, help="Where results are kept; what is there is not scored again.")
@click.option(
    "--report-style",
    type=click.Choice(["classic", "current"]),
    default="classic",
    show_default=True,
    help="The layout of RHEL AI's documents, or of InstructLab's newer releases.",
)
@click.option("--json", "json_output", is_flag=True, help="Print one JSON document with the job's result.")
@click.option("--detached", "-dt", is_flag=True, help="Start the job and return its id at once.")
def evaluate(
    benchmark: str,
    model: str,
    base_model: str | None,
    tasks_dir: Path | None,
    few_shots: int | None,
    batch_size: int | None,
    output_dir: Path | None,
    report_style: str,
    json_output: bool,
    detached: bool,
) -> None:
    """Score a model, alone or against the one that it was tuned from.

    mmlu_branch asks the multiple-choice questions that data generation made of each knowledge leaf: how well has the
    model learned what the taxonomy adds? Right is the answer with the highest log-likelihood per character.
    """
    from core import paths
    from core.evaluation.tasks import check_shots, find_task_files, read_tasks
    from core.models.local import check_model_folder
    from core.serving.names import require_model
    from core.system.extras import require
    from tui.cli.jobs import run_job

    require("eval")
    roots = paths.current()
    given = [name for name in (base_model, model) if name is not None]
    folders = [Path(require_model(name, roots.models_dir)) for name in given]
    tasks_folder = (tasks_dir or roots.datasets_dir).expanduser().absolute()
    for folder in folders:
        check_model_folder(folder)
    check_shots(read_tasks(find_task_files(tasks_folder)), few_shots)

    def render(result: dict[str, Any]) -> None:
        from core.evaluation import reports

        report = reports.Report.from_data(result)
        click.echo(f"{reports.render(report, 'classic' if report_style == 'classic' else 'current')}\n")
        click.echo(reports.certainty(report))

    run_job(
        kind="evaluate",
        runner="core.evaluation.job:run",
        options={
            "benchmark": benchmark,
            "model": str(folders[-1]),
            "base_model": str(folders[0]) if base_model else None,
            "tasks_dir": str(tasks_folder),
            "few_shots": few_shots,
            "batch_size": batch_size,
            "output_dir": str((output_dir or roots.internal_dir / "eval_data" / benchmark).expanduser().absolute()),
        },
        json_output=json_output,
        detached=detached,
        title=f"Evaluate {folders[-1].name}",
        render=render,
    )
