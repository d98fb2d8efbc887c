"""The report of the benchmark `facts` as text."""

from __future__ import annotations

from collections.abc import Iterator

from core.evaluation.reports import Report
from core.evaluation.results import ModelResult, TaskResult
from core.evaluation.statistics import Comparison

LABELS = {"plain": "plain, in the answer's words", "free": "free, in other words"}


def render(report: Report) -> str:
    """A line for each kind of question, with base and tuned in columns."""
    rows = [["", "questions", *(["base", "tuned", "compared"] if report.base else ["score"])]]
    rows += [_row(LABELS.get(kind, kind), kind, report) for kind in report.model.tasks]
    if len(report.model.tasks) > 1:
        rows.append(_row("all", None, report))
    lines = ["# FACTS REPORT", "", *_models(report), "", *_aligned(rows), ""]
    lines.append("Share of answers in the model's own words that contain the fact asked for, with its standard error.")
    return "\n".join(lines)


def _models(report: Report) -> Iterator[str]:
    if report.base:
        yield f"base:  {report.base.model}"
        yield f"tuned: {report.model.model}"
    else:
        yield f"model: {report.model.model}"


def _row(label: str, kind: str | None, report: Report) -> list[str]:
    """One kind of question, or all of them."""
    cells = [label, str(_part(report.model, kind).n)]
    if report.base:
        cells.append(_figure(_part(report.base, kind)))
    cells.append(_figure(_part(report.model, kind)))
    compared = report.comparison if kind is None else report.by_task.get(kind)
    return [*cells, _compared(compared)] if compared else cells


def _part(result: ModelResult, kind: str | None) -> ModelResult | TaskResult:
    return result if kind is None else result.tasks[kind]


def _figure(result: ModelResult | TaskResult) -> str:
    return f"{result.score:.1%} ± {result.stderr:.1%}"


def _compared(comparison: Comparison) -> str:
    return f"{comparison.gained} gained, {comparison.lost} lost (p = {comparison.p_value:.2g})"


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    """Columns of equal width: the label and the comparison to the left, figures to the right."""
    widths = [max(len(row[column]) for row in rows if column < len(row)) for column in range(max(map(len, rows)))]
    for row in rows:
        cells = [
            cell.ljust(width) if column in (0, 4) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        yield "  ".join(cells).rstrip()
