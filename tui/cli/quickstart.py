"""`labtop quickstart`: the whole LAB method on the sample."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tui.cli.configured import OptionCommand
from tui.cli.loop_text import labtop, near, print_scores

if TYPE_CHECKING:
    from core.config.options.quickstart import QuickstartOptions


@click.command(cls=OptionCommand, options="quickstart")
def quickstart(options: QuickstartOptions) -> None:
    """Run the whole LAB method on a sample taxonomy: a few minutes on two cores, nothing to download.

    A rule-based teacher writes questions about two short documents, a tiny student model is trained on them in two
    phases, and every checkpoint is evaluated. At the end, the untrained and the tuned student answer questions that
    are not in the training data.
    """
    from core.commands.quickstart import quickstart_request
    from tui.cli.jobs.follow import run_job

    run_job(**quickstart_request(options).job(), json_output=options.json_output, detached=options.detached)


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print the scores, some answers, where the results are, and what to try next."""
    from rich.console import Console
    from rich.markup import escape
    from rich.text import Text

    console = Console(highlight=False)
    console.print()
    print_scores(console, result)
    console.print("\n± is one standard error. Checkpoints were chosen by other, generated questions.")
    console.print(_what_this_is(result))
    for answer in result["answers"]:
        kind = f" [dim]({answer['kind']})[/]" if "kind" in answer else ""
        console.print(f"\n[bold]{escape(answer['question'])}[/]{kind}")
        for name, style in (("base", "dim"), ("tuned", ""), ("expected", "green")):
            line = f"  {name:<9} {' '.join(answer[name].split())}"
            console.print(Text(line, style), no_wrap=True, overflow="ellipsis")
    paths = {name: near(path) for name, path in result["paths"].items()}
    console.print(f"\nAll results are in {paths['dir']}, the tuned model in\n{paths['tuned']}", soft_wrap=True)
    console.print("\n[bold]Three commands to try next[/]")
    for command in (
        f"{labtop()} model chat --model-path {paths['tuned']}",
        f"{labtop()} data show {paths['knowledge']}",
        f"{labtop()} --taxonomy-path {paths['taxonomy']}",
    ):
        console.print(f"  {command}", soft_wrap=True)


def _what_this_is(result: dict[str, Any]) -> str:
    shows = "This shows that the method works, not how well a large model learns."
    if result["parameters"] is None:
        return (
            f"The student is {Path(result['student']).name}, trained with {result['training']}; the teacher is a set "
            f"of rules, not a language model. {shows}"
        )
    return (
        f"The student has {result['parameters'] / 1e6:.1f} million parameters; the teacher is a set of rules, not a "
        f"language model. {shows}"
    )
