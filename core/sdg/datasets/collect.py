"""From finished rows to the content of each leaf's files: without duplicates, held-out questions and unusable rows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

from core.errors import LabtopError
from core.events import Reporter
from core.sdg.datasets.blocks import CHOICES, MIX
from core.sdg.datasets.exclusion import Exclusion
from core.sdg.datasets.writer import LeafResult, choice_record, distinct_rows
from core.sdg.engine.engine import CUT
from core.sdg.engine.finished import FinishedRows, StoredRows
from core.sdg.engine.progress import Tallies
from core.sdg.engine.requests import Task

PROGRESS_SECONDS = 0.25

SEE_DEAD_LETTERS = "The dead letters say why:"

REMEDIES: Mapping[str, str] = {
    CUT: "Raise --max-num-tokens, or turn the teacher's reasoning off.",
    "empty reply": "Turn the teacher's reasoning off, or have its server return the answer as content.",
    "refused by the server": SEE_DEAD_LETTERS,
    "no answer": SEE_DEAD_LETTERS,
    "unreadable": "A larger teacher may follow the tags better; builtin:extractive needs seed answers of one pattern.",
}
"""What to do about the reasons for which replies are rejected."""


class CheckedRows:
    """Reports how many rows were checked, while nothing else is reported."""

    def __init__(self, reporter: Reporter, total: int) -> None:
        self._reporter = reporter
        self._total = total
        self._done = 0
        self._reported = 0.0

    def step(self) -> None:
        self._done += 1
        now = time.monotonic()
        if now - self._reported >= PROGRESS_SECONDS or self._done == self._total:
            self._reported = now
            self._reporter.progress(self._done, self._total, "rows checked")


def collect(
    results: Sequence[LeafResult],
    tasks: Sequence[Task],
    finished: FinishedRows,
    excluded: Sequence[str],
    tallies: Tallies,
    reporter: Reporter,
    seed: int,
) -> None:
    """Assign each leaf its rows, without duplicates and held-out questions.

    The questions that checkpoints are evaluated with are held out of the training data, too.
    """
    by_name = {result.name: result for result in results}
    made = [(task, finished.rows(number, task.rows)) for number, task in enumerate(tasks)]
    checked = CheckedRows(reporter, sum(len(rows) for _, rows in made))
    held_out = Exclusion(excluded)

    def distinct(task: Task, rows: StoredRows, block: str) -> StoredRows:
        return distinct_rows(rows, task.pipeline.distinct, held_out, tallies.at(task.leaf, block), checked.step)

    for task, rows in made:
        if task.pipeline.kind == "multiple_choice":
            result = by_name[task.leaf]
            block = CHOICES
            kept = distinct(task, rows, block)
            records = [choice_record(row, result.leaf.domain.strip(), seed) for row in kept]
            result.choices = [record for record in records if record is not None]
            tallies.at(task.leaf, block).drop("choices alike", len(kept) - len(result.choices))
    held_out = Exclusion([*excluded, *(choice["question"] for result in results for choice in result.choices)])
    for task, rows in made:
        if task.pipeline.kind != "multiple_choice":
            by_name[task.leaf].rows = distinct(task, rows, MIX)


def check_yield(results: Sequence[LeafResult], tallies: Tallies, dead_letters: str | None, reporter: Reporter) -> None:
    """Report why outputs were rejected. Raises LabtopError if no leaf has any row, before empty files are written.

    `dead_letters` is the file with the prompts that have no answer.
    """
    rejected = tallies.rejected()
    lost = [f"{number:,} {reason}" for reason, number in rejected.items()]
    counts = f"{tallies.produced:,} replies, {', '.join(lost) or 'nothing rejected'}"
    hint = " ".join(
        (*_remedy(rejected, dead_letters), "The counts for each leaf and block: labtop process attach --latest")
    )
    empty = [result.leaf.path for result in results if not result.rows]
    if len(empty) == len(results):
        raise LabtopError(f"Nothing that the teacher wrote could be used: {counts}.", hint=hint)
    for path in empty:
        reporter.note("warning", f"Nothing that the teacher wrote for {path} could be used.", hint=hint)
    if rejected.get(CUT):
        reporter.note(
            "warning", f"Of {tallies.produced:,} replies {rejected[CUT]:,} outputs were {CUT}.", hint=REMEDIES[CUT]
        )


def _remedy(rejected: Mapping[str, int], dead_letters: str | None) -> Iterator[str]:
    """What to do about the most frequent reason, if it is a known one."""
    known = [reason for reason in REMEDIES if rejected.get(reason)]
    if known:
        remedy = REMEDIES[max(known, key=lambda reason: rejected[reason])]
        yield f"{remedy} {dead_letters}." if remedy == SEE_DEAD_LETTERS else remedy
