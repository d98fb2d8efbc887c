"""`labtop quickstart`: the whole loop on the sample."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.quickstart.options import quickstart_spec
from core.system.extras import require
from tui.cli.configured import OptionCommand
from tui.cli.jobs import run_spec

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
    spec = quickstart_spec(options.folder, sample=options.sample, short=options.short, seed=options.seed)
    run_spec(spec, json_output=options.json_output, detached=options.detached)


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """The table, some answers, where everything lies, and what to try next."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    table = Table(title="Questions that training never saw", title_justify="left")
    table.add_column("")
    table.add_column("questions", justify="right")
    table.add_column("base", justify="right")
    table.add_column("tuned", justify="right")
    for name, base, tuned in (
        ("plain, in the answer's words", result["base"], result["tuned"]),
        ("free, in other words", result["free"]["base"], result["free"]["tuned"]),
    ):
        if base is not None:
            table.add_row(name, str(base["questions"]), _percent(base), _percent(tuned))
    console.print()
    console.print(table)
    console.print(
        "Four choices each, so chance is 25 %. Shown: the share of right ones ± one standard error, where a model "
        "chooses what it finds likeliest for its length. Checkpoints were chosen by generated questions instead. "
        f"Of these, {result['seen_in_training']} stand in the training data (as they are, or 0.9 alike)."
    )
    console.print(
        f"What this is: a student of {result['parameters'] / 1e6:.1f} million parameters, taught by rules and not by a "
        "language model. It shows that the method turns, not how well a large model learns."
    )
    for answer in result["answers"]:
        console.print(f"\n[bold]{escape(answer['question'])}[/]")
        for name, style in (("base", "dim"), ("tuned", ""), ("expected", "green")):
            line = f"  {name:<9} {' '.join(answer[name].split())}"
            console.print(Text(line, style), no_wrap=True, overflow="ellipsis")
    paths = {name: shlex.quote(_near(path)) for name, path in result["paths"].items()}
    console.print(f"\nEverything lies in {paths['dir']}; the tuned model in\n{paths['tuned']}", soft_wrap=True)
    labtop = "labtop" if shutil.which("labtop") else shlex.quote(_near(str(Path(sys.argv[0]).absolute())))
    console.print("\n[bold]Three commands to try next[/]")
    for command in (
        f"{labtop} model chat --model-path {paths['tuned']}",
        f"{labtop} data show {paths['knowledge']}",
        f"{labtop} --taxonomy-path {paths['taxonomy']}",
    ):
        console.print(f"  {command}", soft_wrap=True)


def _near(path: str) -> str:
    """A path as it is typed from here."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def _percent(score: dict[str, Any]) -> str:
    return f"{score['score']:.1%} ± {score['stderr']:.1%}"
