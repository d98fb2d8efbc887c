"""`labtop model evaluate`: score a model on the questions of the leaves, or on the user's own questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.paths import expanded
from tui.cli.configured import OptionCommand, given

if TYPE_CHECKING:
    from core.config.options.evaluate import EvaluateOptions


@click.command(cls=OptionCommand, options="evaluate")
@click.pass_context
def evaluate(context: click.Context, options: EvaluateOptions) -> None:
    """Score a model, alone or in comparison with its base model.

    mmlu_branch: multiple-choice questions that data generation wrote for each knowledge leaf. They show how well the
    model has learned what the taxonomy adds. The model's answer is the choice with the highest log-likelihood per
    character.

    facts: questions from a file, without choices. An answer is right if it contains the required terms; docs/facts.md
    describes the file.
    """
    from core import paths
    from core.evaluation.arguments import EvaluateJob
    from core.evaluation.facts import read_facts
    from core.evaluation.tasks import check_shots, find_task_files, read_tasks
    from core.models.local import check_model_folder
    from core.serving.names import require_model
    from core.system.extras import require
    from tui.cli.jobs.follow import run_job

    _check_usage(context, options)
    require("train" if options.benchmark == "facts" else "eval")
    roots = paths.current()
    if options.model is None:
        raise click.UsageError("No model given. Pass --model, or set evaluate.model in the settings.")
    named = [name for name in (options.base_model, options.model) if name is not None]
    folders = [Path(require_model(name, roots.models_dir)) for name in named]
    for folder in folders:
        check_model_folder(folder)
    tasks_dir = questions = None
    if options.questions is not None:
        questions = expanded(options.questions).absolute()
        read_facts(questions)
    else:
        tasks_dir = expanded(options.tasks_dir or roots.datasets_dir).absolute()
        check_shots(read_tasks(find_task_files(tasks_dir)), options.few_shots)
    output_dir = options.output_dir or roots.internal_dir / "eval_data" / options.benchmark
    job = EvaluateJob(
        **options.scoring(),
        benchmark=options.benchmark,
        model=str(folders[-1]),
        base_model=str(folders[0]) if options.base_model else None,
        tasks_dir=tasks_dir,
        questions=questions,
        output_dir=expanded(output_dir).absolute(),
        report_style=options.report_style,
    )
    run_job(
        kind="evaluate",
        runner="core.evaluation.job:run",
        options=job.model_dump(mode="json"),
        json_output=options.json_output,
        detached=options.detached,
        title=f"Evaluate {folders[-1].name}",
    )


def show_result(result: dict[str, Any], options: Mapping[str, Any]) -> None:
    """Print the report, in the style that was asked for."""
    from core.evaluation import facts_report, reports

    report = reports.Report.from_data(result)
    if options["benchmark"] == "facts":
        click.echo(facts_report.render(report))
    else:
        click.echo(f"{reports.render(report, options.get('report_style', 'classic'))}\n")
        click.echo(reports.certainty(report))
    for one in result["results"]:
        click.echo(f"All questions and answers: {one['file']}", err=True)


def _check_usage(context: click.Context, options: EvaluateOptions) -> None:
    """Reject options that only another benchmark uses."""
    if (options.benchmark == "facts") != (options.questions is not None):
        raise click.UsageError(
            "--benchmark facts requires --questions FILE."
            if options.questions is None
            else "--questions requires --benchmark facts."
        )
    for name in ("tasks_dir", "few_shots", "report_style") if options.benchmark == "facts" else ():
        if given(context, name):
            raise click.UsageError(f"--{name.replace('_', '-')} cannot be used with --benchmark facts.")
