"""`labtop quickstart`: the whole loop on the sample."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.quickstart.options import quickstart_spec
from core.system.extras import require
from tui.cli.configured import OptionCommand
from tui.cli.jobs.follow import run_spec
from tui.cli.loop_text import labtop, near, print_scores

if TYPE_CHECKING:
    from core.config.options.quickstart import QuickstartOptions


@click.command(cls=OptionCommand, options="quickstart")
def quickstart(options: QuickstartOptions) -> None:
    """Walk the whole LAB method on a sample taxonomy: some minutes on two cores, nothing to download.

    A rule-based teacher writes questions about two short documents, a tiny student made on the spot is trained on
    them in two phases, every checkpoint is evaluated, and the best is served and asked. At the end the untrained and
    the tuned student are compared on questions that training never saw.
    """
    require("cpu")
    student = None if options.student is None else _checked_student(options.student)
    spec = quickstart_spec(
        options.folder, sample=options.sample, student=student, short=options.short, seed=options.seed
    )
    run_spec(spec, json_output=options.json_output, detached=options.detached)


def _checked_student(given: str) -> str:
    """The folder of the model to train. Raises LabtopError for one that cannot be trained."""
    from core import paths
    from core.models.local import check_model_folder
    from core.serving.names import require_model

    model = require_model(given, paths.current().models_dir)
    check_model_folder(Path(model))
    return model


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """The scores, some answers, where everything is, and what to try next."""
    from rich.console import Console
    from rich.markup import escape
    from rich.text import Text

    console = Console(highlight=False)
    console.print()
    print_scores(console, result)
    console.print("\nFigures are ± one standard error. Checkpoints were chosen by other, generated questions.")
    console.print(_what_this_is(result))
    for answer in result["answers"]:
        kind = f" [dim]({answer['kind']})[/]" if "kind" in answer else ""
        console.print(f"\n[bold]{escape(answer['question'])}[/]{kind}")
        for name, style in (("base", "dim"), ("tuned", ""), ("expected", "green")):
            line = f"  {name:<9} {' '.join(answer[name].split())}"
            console.print(Text(line, style), no_wrap=True, overflow="ellipsis")
    paths = {name: near(path) for name, path in result["paths"].items()}
    console.print(f"\nEverything is in {paths['dir']}; the tuned model in\n{paths['tuned']}", soft_wrap=True)
    console.print("\n[bold]Three commands to try next[/]")
    for command in (
        f"{labtop()} model chat --model-path {paths['tuned']}",
        f"{labtop()} data show {paths['knowledge']}",
        f"{labtop()} --taxonomy-path {paths['taxonomy']}",
    ):
        console.print(f"  {command}", soft_wrap=True)


def _what_this_is(result: dict[str, Any]) -> str:
    shows = "It shows that the method works, not how well a large model learns."
    if result["parameters"] is None:
        return (
            f"What this is: {Path(result['student']).name}, trained with {result['training']}, and taught by rules, "
            f"not by a language model. {shows}"
        )
    return (
        f"What this is: a student of {result['parameters'] / 1e6:.1f} million parameters, taught by rules and not by a "
        f"language model. {shows}"
    )
