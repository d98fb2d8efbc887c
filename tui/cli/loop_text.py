"""The result of a run or a quickstart as text: scores of base and tuned model, and the stages."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.figures import duration
from core.workflow.score_tables import ScoreTable, score_tables

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def print_scores(console: Console, result: dict[str, Any]) -> None:
    """Print the scores of base and tuned model, if there are any; multiple choice comes second, next to a guesser's."""
    if result["benchmark"] is None:
        console.print("Base and tuned model were not compared: there are no questions.")
        return
    for number, scores in enumerate(score_tables(result)):
        if number:
            console.print()
        console.print(scores.title, style="bold")
        console.print(_rich(scores.in_ascii() if console.options.ascii_only else scores))
        if scores.note is not None:
            console.print(scores.note)
    if result["seen_in_training"] is not None:
        console.print(
            f"{result['seen_in_training']} of these questions are in the training data, word for word or 90 % similar."
        )


def _rich(scores: ScoreTable) -> Table:
    from rich.table import Table

    table = Table()
    for name in ("", "questions", *scores.columns):
        table.add_column(name, justify="right" if name else "left")
    for kind, questions, figures in scores.rows:
        table.add_row(kind, questions, *figures)
    return table


def stage_table(result: dict[str, Any]) -> Table:
    """Whether each stage ran, and how long it took when it did."""
    from rich.table import Table

    words = {"done": "done", "skipped": "unchanged, skipped", "earlier": "earlier result used"}
    table = Table(box=None, pad_edge=False)
    for name in ("Stage", "", "Time"):
        table.add_column(name, justify="right" if name == "Time" else "left")
    for stage in result["stages"]:
        table.add_row(stage["stage"], words[stage["status"]], duration(stage["seconds"]))
    return table


def near(path: str) -> str:
    """A path relative to the current folder where possible, quoted for a shell."""
    here = Path.cwd()
    return shlex.quote(str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path)


def labtop() -> str:
    """The command that starts this program from here."""
    return "labtop" if shutil.which("labtop") else near(str(Path(sys.argv[0]).absolute()))
