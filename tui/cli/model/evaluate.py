"""`labtop model evaluate`: score a model on the questions of the leaves, or on the user's own questions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from tui.cli.configured import OptionCommand, given_of

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
    from core.commands.evaluation.request import evaluate_request
    from tui.cli.jobs.follow import run_job

    request = evaluate_request(options, given_of(context), note=lambda text: click.echo(text, err=True))
    run_job(
        **request.job(),
        json_output=options.json_output,
        detached=options.detached,
        environment=request.environment,
    )


def show_result(result: dict[str, Any], options: Mapping[str, Any]) -> None:
    """Print the report, in the style that was asked for."""
    from core.evaluation.texts import report_text

    click.echo(report_text({"benchmark": options["benchmark"], **result}, options.get("report_style", "classic")))
    for one in result["results"]:
        click.echo(f"All questions and answers: {one['file']}", err=True)
