"""`labtop model evaluate`: score a model on the questions of the leaves, or on the user's own questions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.figures import counted
from tui.cli.configured import RESOLVED, OptionCommand, given_of, say
from tui.cli.model.test import show_answers

if TYPE_CHECKING:
    from core.config.options.evaluate import EvaluateOptions


class EvaluateCommand(OptionCommand):
    """An import needs no benchmark."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        words = [word.partition("=")[0] for word in arguments]
        if "--import-mmlu" in words and "--benchmark" not in words:
            arguments = ["--benchmark", "mmlu", *arguments]
        return super().parse_args(context, arguments)


@click.command(cls=EvaluateCommand, options="evaluate")
@click.pass_context
def evaluate(context: click.Context, options: EvaluateOptions) -> None:
    """Score a model, alone or in comparison with its base model.

    mmlu: the MMLU data set, which --import-mmlu converts from a copy of it.

    general_knowledge: labtop's own 120 questions, which need no data set and are not MMLU.

    mmlu_branch: multiple-choice questions that data generation wrote for each knowledge leaf. They show how well the
    model has learned what the taxonomy adds. The model's answer is the choice with the highest log-likelihood per
    character.

    mt_bench, mt_bench_branch, dk_bench: answers that a judge model rates: conversations of two turns, the skills of a
    taxonomy on two branches, or your own questions; see docs/judging.md.

    facts: questions from a file, without choices. An answer is right if it contains the required terms; docs/facts.md
    describes the file.
    """
    from core.commands.evaluation.request import evaluate_request
    from core.evaluation.judging.session import SERVER_LOG
    from tui.cli.jobs.follow import Display, run_job

    if options.import_mmlu is not None:
        _import_mmlu(options)
        return
    serving = context.meta[RESOLVED].settings.serve
    request = evaluate_request(options, given_of(context), say, serving)
    run_job(
        **request.job(),
        json_output=options.json_output,
        detached=options.detached,
        environment=request.environment,
        display=Display(log=SERVER_LOG if options.enable_serving_output else None),
    )


def _import_mmlu(options: EvaluateOptions) -> None:
    from core.evaluation.multiple_choice.mmlu import import_mmlu
    from core.evaluation.task_folders import mmlu_folder
    from core.paths import expanded

    imported = import_mmlu(expanded(options.import_mmlu or Path()).absolute(), mmlu_folder())
    if options.json_output:
        click.echo(json.dumps({**vars(imported), "folder": str(imported.folder)}))
    else:
        click.echo(
            f"Imported {counted(imported.questions, 'question')} of {counted(imported.subjects, 'subject')} into"
            f" {imported.folder}."
        )


def show_result(result: dict[str, Any], options: Mapping[str, Any]) -> None:
    """Print the report, in the style that was asked for."""
    if "answers" in result:  # of `model test`
        show_answers(result)
        return
    from core.evaluation.texts import report_text

    click.echo(report_text({"benchmark": options["benchmark"], **result}, options.get("report_style", "classic")))
    for one in result["results"]:
        click.echo(f"All questions and answers: {one['file']}", err=True)
