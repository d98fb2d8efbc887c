"""`labtop model evaluate`: score a model on the questions of the taxonomy's leaves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.configured import OptionCommand

if TYPE_CHECKING:
    from core.config.options.evaluate import EvaluateOptions


@click.command(cls=OptionCommand, options="evaluate")
def evaluate(options: EvaluateOptions) -> None:
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
    if options.model is None:
        raise click.UsageError("Say which model to score: --model (or evaluate.model in the settings).")
    given = [name for name in (options.base_model, options.model) if name is not None]
    folders = [Path(require_model(name, roots.models_dir)) for name in given]
    tasks_folder = (options.tasks_dir or roots.datasets_dir).expanduser().absolute()
    for folder in folders:
        check_model_folder(folder)
    check_shots(read_tasks(find_task_files(tasks_folder)), options.few_shots)

    output_dir = options.output_dir or roots.internal_dir / "eval_data" / options.benchmark

    def render(result: dict[str, Any]) -> None:
        from core.evaluation import reports

        report = reports.Report.from_data(result)
        click.echo(f"{reports.render(report, options.report_style)}\n")
        click.echo(reports.certainty(report))

    run_job(
        kind="evaluate",
        runner="core.evaluation.job:run",
        options={
            "benchmark": options.benchmark,
            "model": str(folders[-1]),
            "base_model": str(folders[0]) if options.base_model else None,
            "tasks_dir": str(tasks_folder),
            "few_shots": options.few_shots,
            "batch_size": None if options.batch_size == "auto" else options.batch_size,
            "output_dir": str(output_dir.expanduser().absolute()),
        },
        json_output=options.json_output,
        detached=options.detached,
        title=f"Evaluate {folders[-1].name}",
        render=render,
    )
