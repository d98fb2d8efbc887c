"""What a run or a quickstart came to, as text: scores of base and tuned, and the stages."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from widgets.figures import duration

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

TITLES = {
    "facts": "Asked and read: answers that contain the fact",
    "multiple_choice": "Multiple choice, four answers each",
    "mmlu_branch": "Generated questions, four answers each (chance: 25 %)",
}
"""Of the scores, by the result's `benchmark`."""


def print_scores(console: Console, result: dict[str, Any]) -> None:
    """The scores of base and tuned, or that there are none; what multiple choice gives comes second, with a guesser."""
    benchmark = result["benchmark"]
    if benchmark is None:
        console.print("Base and tuned model were not compared: there are no questions to ask.")
        return
    if benchmark != "multiple_choice":
        first = {name: result[name] for name in ("base", "tuned")}
        sets = {"all": first} if benchmark == "mmlu_branch" else {"plain": first, "free": result["free"]}
        console.print(_table(TITLES[benchmark], sets, ("base", "tuned")))
        if benchmark == "facts":
            console.print("Plain questions share words with the sentence that answers them, free ones do not.")
    if choices := result["multiple_choice"]:
        console.print(_table(TITLES["multiple_choice"], choices, ("base", "tuned", "guesser")))
        console.print(
            "The guesser knows nothing and takes the answer that shares most words with the question; chance is 25 %."
        )
    if result["seen_in_training"] is not None:
        console.print(
            f"Of these questions {result['seen_in_training']} appear in the training data (as they are, or 0.9 alike)."
        )


def _table(title: str, sets: Mapping[str, Mapping[str, Any] | None], columns: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for name in ("", "questions", *columns):
        table.add_column(name, justify="right" if name else "left")
    for kind, scores in sets.items():
        if scores and scores["base"]:
            figures = [_percent(scores[name]) for name in columns]
            table.add_row(kind, str(scores["base"]["questions"]), *figures)
    return table


def _percent(score: Mapping[str, Any]) -> str:
    """A score, with its standard error where it has one."""
    return f"{score['score']:.1%}" + (f" ± {score['stderr']:.1%}" if "stderr" in score else "")


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
