"""`labtop model test`: answers of base and trained model to the questions of the seed examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.configured import OptionCommand

if TYPE_CHECKING:
    from core.config.options.models import ModelTestOptions


@click.command("test", cls=OptionCommand, options="model test")
def test(options: ModelTestOptions) -> None:
    """Show what a model answers to the questions of the seed examples, before and after training.

    The questions are in the file test_<time>.jsonl that data generation writes. A model has often seen them in
    training: this shows how it answers, not what it has learned; `model evaluate` scores that.
    """
    from core.commands.evaluation.seed_test import seed_test_request
    from tui.cli.jobs.follow import run_job

    request = seed_test_request(options)
    run_job(**request.job(), json_output=options.json_output, detached=options.detached)


def show_answers(result: Mapping[str, Any]) -> None:
    """Each question with the answers, in InstructLab's form."""
    from core.models.names import short_name

    names = {model: short_name(Path(model)) or model for model in result["models"]}
    if len(set(names.values())) < len(names):
        names = {model: model for model in result["models"]}
    for row in result["answers"]:
        click.echo(f"### {row['question']}")
        for model, name in names.items():
            click.echo(f"{name}: {row['answers'][model]}")
        click.echo(f"seed example: {row['expected']}\n")
