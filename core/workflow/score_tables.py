"""Scores of base and tuned model as text tables, for commands and workbench: free answers, then multiple choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

FACTS = "Score: answers in the model's own words that contain the fact"
CHOICES = "Multiple choice, four answers each"
GENERATED = "Generated questions, multiple choice of four (chance is 25 %)"

KINDS_NOTE = "Plain questions share words with the sentence that answers them, free ones do not."
GUESSER_NOTE = (
    "The guesser takes the answer that shares most words with the question, without knowledge; chance is 25 %."
)
GENERATED_NOTE = (
    "The tuned model's checkpoints were chosen by these questions, so its score is too high;"
    " your own questions (--questions FILE) are a better test."
)

Data = Mapping[str, Any]


@dataclass(frozen=True)
class ScoreTable:
    """Rows have the kind of question, the number of questions, and a score for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]
    note: str | None = None
    scores: tuple[tuple[tuple[float, float | None], ...], ...] = ()
    """The same as numbers: for each row, the score and standard error in each column."""

    def in_ascii(self) -> ScoreTable:
        """The table in ASCII; replacing characters after the layout would move the columns."""
        rows = ((kind, n, tuple(figure.replace("±", "+-") for figure in figures)) for kind, n, figures in self.rows)
        return replace(self, rows=tuple(rows))


def score_tables(result: Data) -> Iterator[ScoreTable]:
    """The tables of a run's result; none without questions."""
    models = ("base", "tuned")
    first = {name: result[name] for name in models}
    free, benchmark = result["free"], result["benchmark"]
    if benchmark == "mmlu_branch":
        guesser = result.get("guesser")
        sets = {"all": {**first, "guesser": guesser} if guesser else first}
        yield _table(GENERATED, sets, (*models, "guesser") if guesser else models, GENERATED_NOTE)
    if benchmark == "facts":
        note = GENERATED_NOTE if result.get("generated") else KINDS_NOTE
        yield _table(FACTS, {"plain": result.get("plain", first), "free": free}, models, note)
    if choices := result["multiple_choice"]:
        yield _table(CHOICES, choices, (*models, "guesser"), GUESSER_NOTE)


def _table(title: str, sets: Mapping[str, Data], columns: tuple[str, ...], note: str | None = None) -> ScoreTable:
    known = {kind: scores for kind, scores in sets.items() if scores["base"]}
    rows = tuple(
        (kind, f"{scores['base']['questions']:,}", tuple(_figure(scores[name]) for name in columns))
        for kind, scores in known.items()
    )
    numbers = tuple(
        tuple((float(scores[name]["score"]), scores[name].get("stderr")) for name in columns)
        for scores in known.values()
    )
    return ScoreTable(title, columns, rows, note, numbers)


def _figure(score: Data) -> str:
    """A score in percent, with its standard error if it has one."""
    return f"{score['score']:.1%}" + (f" ± {score['stderr']:.1%}" if "stderr" in score else "")
