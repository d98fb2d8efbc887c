"""`labtop model evaluate`: score a model on the questions of the leaves, or on questions of the user's own."""

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
    """Score a model, alone or against the one that it was tuned from.

    mmlu_branch asks the multiple-choice questions that data generation made of each knowledge leaf: how well has the
    model learned what the taxonomy adds? Right is the answer with the highest log-likelihood per character.

    facts asks the questions of a file without choices, and reads the answers: right is one that contains the fact asked
    for. See docs/facts.md for such files.
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
        raise click.UsageError("Say which model to score: --model (or evaluate.model in the settings).")
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
    """The report, in the style that was asked for."""
    from core.evaluation import facts_report, reports

    report = reports.Report.from_data(result)
    if options["benchmark"] == "facts":
        click.echo(facts_report.render(report))
    else:
        click.echo(f"{reports.render(report, options.get('report_style', 'classic'))}\n")
        click.echo(reports.certainty(report))
    for one in result["results"]:
        click.echo(f"Question by question: {one['file']}", err=True)


def _check_usage(context: click.Context, options: EvaluateOptions) -> None:
    """Refuse options that only another benchmark reads."""
    if (options.benchmark == "facts") != (options.questions is not None):
        raise click.UsageError("--benchmark facts needs --questions FILE, and no other benchmark takes it.")
    for name in ("tasks_dir", "few_shots", "report_style") if options.benchmark == "facts" else ():
        if given(context, name):
            raise click.UsageError(f"--{name.replace('_', '-')} is not for --benchmark facts.")
