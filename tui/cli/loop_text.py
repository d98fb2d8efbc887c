"""What a run or a quickstart came to, as text: scores of base and tuned, and the stages."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from widgets.figures import duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

BENCHMARKS = {
    "multiple_choice": "Held-out questions, four choices each (chance is 25 %)",
    "mmlu_branch": "Generated questions, four choices each (chance is 25 %)",
}
"""Titles of the scores, by the result's `benchmark`."""

SETS = {"plain": "plain, in the answer's words", "free": "free, in other words"}


def print_scores(console: Console, result: dict[str, Any]) -> None:
    """The scores of base and tuned, or that there are none."""
    if result["benchmark"] is None:
        console.print("Base and tuned model were not compared: there are no questions to ask.")
        return
    scores = {"plain": {name: result[name] for name in ("base", "tuned")}, "free": result["free"]}
    console.print(_table(BENCHMARKS[result["benchmark"]], scores, alone=result["benchmark"] == "mmlu_branch"))


def _table(title: str, scores: dict[str, Any], *, alone: bool) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in ("", "questions", "base", "tuned"):
        table.add_column(name, justify="right" if name else "left")
    for kind, name in SETS.items():
        row = scores.get(kind)
        if row and row["base"]:
            base, tuned = row["base"], row["tuned"]
            table.add_row("all" if alone else name, str(base["questions"]), percent(base), percent(tuned))
    return table


def percent(score: dict[str, Any]) -> str:
    """A score with its standard error."""
    return f"{score['score']:.1%} ± {score['stderr']:.1%}"


def stage_table(result: dict[str, Any]) -> Table:
    """What was done for each stage, and the time that it took when it was done."""
    from rich.table import Table

    words = {"done": "done", "skipped": "unchanged, not done again", "earlier": "taken as it is"}
    table = Table(box=None, pad_edge=False)
    for name in ("Stage", "", "Time"):
        table.add_column(name, justify="right" if name == "Time" else "left")
    for stage in result["stages"]:
        table.add_row(stage["stage"], words[stage["status"]], duration(stage["seconds"]))
    return table


def near(path: str) -> str:
    """A path as it is typed from here, ready for a shell."""
    here = Path.cwd()
    return shlex.quote(str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path)


def labtop() -> str:
    """How this program is called from here."""
    return "labtop" if shutil.which("labtop") else near(str(Path(sys.argv[0]).absolute()))
