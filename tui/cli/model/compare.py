"""`labtop model compare`: everything that is known about models, next to each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.complete import complete_model
from tui.cli.configured import OptionCommand, say

if TYPE_CHECKING:
    from core.commands.models.compare import ComparedModel, ComparedScores
    from core.config.options.models import CompareOptions


@click.command("compare", cls=OptionCommand, options="model compare")
@click.argument("models", nargs=-1, required=True, metavar="MODEL...", shell_complete=complete_model)
def compare(models: tuple[str, ...], options: CompareOptions) -> None:
    """Show everything that is known about models next to each other: size, origin, and all scores of finished jobs.

    Each MODEL is a folder, or the name of a model or checkpoint. Scores are compared with those of the first model
    question by question where both were asked the same: the difference with its 95 % interval.
    """
    from core.commands.models.compare import compare_models
    from tui.cli.output import print_json, table

    found = compare_models(models, options.benchmarks)
    if options.json_output:
        print_json(found.to_data())
        return
    names = [_name(model) for model in found.models]
    rows = [[title, *cells] for title, cells in _facts(found.models) if any(cells)]
    click.echo(table(["MODEL", *names], rows))
    for model in found.models:
        if model.problem is not None:
            say(model.problem)
    if not found.benchmarks:
        click.echo("\nNo finished job has scored these models. Score one with: labtop model evaluate")
        return
    click.echo()
    click.echo(table(["SCORE", *names], [[row.benchmark, *_scores(row)] for row in found.benchmarks]))
    if any(any(row.comparisons) for row in found.benchmarks):
        click.echo("\nDifferences are to the first model, with their 95 % interval; * where it does not contain zero.")


def _name(model: ComparedModel) -> str:
    """The folder's name, with the phase of a checkpoint."""
    from core.models.names import short_name

    path = Path(model.path)
    phase = next((part for part in path.parts if part.startswith("phase") and part[5:].isdecimal()), None)
    return f"{phase}/{path.name}" if phase else short_name(path)


def _facts(models: tuple[ComparedModel, ...]) -> list[tuple[str, list[str]]]:
    from core.figures import size

    sizes, origins = [model.size for model in models], [model.origin for model in models]
    return [
        ("folder", [model.path for model in models]),
        ("parameters", ["" if one is None else f"{one.parameters:,} in {one.data_type}" for one in sizes]),
        ("size", ["" if one is None else size(one.bytes) for one in sizes]),
        ("trained by", ["" if one is None else one.job for one in origins]),
        ("trained from", ["" if one is None else one.base or "" for one in origins]),
        ("trained on", ["" if one is None else ", ".join(Path(file).name for file in one.data) for one in origins]),
    ]


def _scores(row: ComparedScores) -> list[str]:
    from core.overview.scores import score_text

    cells = []
    for score, change in zip(row.scores, row.comparisons, strict=True):
        if score is None:
            cells.append("")
            continue
        text = score_text(row.benchmark, score.figure.score, score.figure.stderr)
        if change is not None:
            difference, low, high = (
                score_text(row.benchmark, value, sign="+") for value in (change.difference, change.low, change.high)
            )
            text += f"  {difference}{'*' if change.significant else ''} ({low} to {high})"
        cells.append(text + (f"  n={score.figure.questions:,}" if score.figure.questions else ""))
    return cells
