"""Reports of an evaluation as text, in InstructLab's two layouts.

`classic` is the layout of the RHEL AI 1.1 documents, `current` that of later versions of InstructLab. Scores are
rounded to two decimals; a smaller improvement is no change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.evaluation.results import ModelResult
from core.evaluation.statistics import Comparison
from core.figures import counted

Style = Literal["classic", "current"]


@dataclass(frozen=True)
class Report:
    """A model's result, and that of its base model."""

    model: ModelResult
    base: ModelResult | None = None
    comparison: Comparison | None = None
    by_task: dict[str, Comparison] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Report:
        """The report of an evaluate job's result, in which the base's result is the first."""
        *before, model = [ModelResult.from_data(result) for result in data["results"]]
        comparison = data.get("comparison")
        return cls(
            model,
            before[0] if before else None,
            None if comparison is None else Comparison(**comparison),
            {name: Comparison(**changed) for name, changed in data.get("by_task", {}).items()},
        )


def render(report: Report, style: Style) -> str:
    """The report in a layout, without a final line end."""
    sections = _classic(report) if style == "classic" else _current(report)
    return "\n\n".join(["# KNOWLEDGE EVALUATION REPORT", *("\n".join(section) for section in sections)])


def certainty(report: Report) -> str:
    """One sentence on the statistical certainty of the report's scores."""
    model = report.model
    if report.base is None or report.comparison is None:
        return f"Standard error {model.stderr:.2f}, {counted(model.n, 'question')}."
    changed = report.comparison
    return (
        f"Standard error {report.base.stderr:.2f} before and {model.stderr:.2f} after, {counted(model.n, 'question')}: "
        f"{changed.gained} gained and {changed.lost} lost (McNemar's exact test: p = {changed.p_value:.2g})."
    )


def _classic(report: Report) -> Iterable[list[str]]:
    model, base = report.model, report.base
    if base is None:
        yield ["## MODEL", model.model]
        yield ["### AVERAGE:", f"{_figure(model.score)} (across {len(model.tasks)})"]
        yield ["### SCORES:", *_scores(model)]
        return
    yield ["## BASE MODEL", base.model]
    yield ["## MODEL", model.model]
    yield ["### AVERAGE:", f"{_signed(model.score - base.score)}(across {len(model.tasks)})"]
    # The documents' example with one task ends with the average, which is its only score.
    if len(model.tasks) > 1:
        changes = _Changes.between(base, model)
        yield from _listed("### IMPROVEMENTS:", [f"{name} ({_signed(delta)})" for name, delta in changes.better])
        yield from _listed("### REGRESSIONS:", [f"{name} ({_signed(delta)})" for name, delta in changes.worse])
        yield from _listed("### NO CHANGE:", changes.same)


def _current(report: Report) -> Iterable[list[str]]:
    model, base = report.model, report.base
    if base is None:
        yield ["## MODEL (SCORE)", f"{model.model} ({_figure(model.score)}/1.0)"]
        yield ["### SCORES (0.0 to 1.0):", *_scores(model)]
        return
    yield ["## BASE MODEL (SCORE)", f"{base.model} ({_figure(base.score)}/1.0)"]
    yield ["## MODEL (SCORE)", f"{model.model} ({_figure(model.score)}/1.0)"]
    changes = _Changes.between(base, model)

    def moved(name: str, delta: float) -> str:
        return f"{name}: {_figure(base.tasks[name].score)} -> {_figure(model.tasks[name].score)} ({_signed(delta)})"

    yield from _listed("### IMPROVEMENTS (0.0 to 1.0):", [moved(*change) for change in changes.better])
    yield from _listed("### REGRESSIONS (0.0 to 1.0):", [moved(*change) for change in changes.worse])
    same = [f"{name} ({_figure(model.tasks[name].score)})" for name in changes.same]
    yield from _listed("### NO CHANGE (0.0 to 1.0):", same)


@dataclass(frozen=True)
class _Changes:
    better: list[tuple[str, float]]
    """Task and difference, the largest first."""
    worse: list[tuple[str, float]]
    """The largest loss first."""
    same: list[str]

    @classmethod
    def between(cls, base: ModelResult, model: ModelResult) -> _Changes:
        deltas = {
            name: round(round(task.score, 2) - round(base.tasks[name].score, 2), 2)
            for name, task in model.tasks.items()
        }
        by_delta = sorted(deltas.items(), key=lambda change: (-abs(change[1]), change[0]))
        return cls(
            [change for change in by_delta if change[1] > 0],
            [change for change in by_delta if change[1] < 0],
            sorted(name for name, delta in deltas.items() if delta == 0),
        )


def _listed(title: str, entries: list[str]) -> Iterable[list[str]]:
    """A section of numbered entries, left out when there are no entries."""
    if entries:
        yield [title, *(f"{number}. {entry}" for number, entry in enumerate(entries, 1))]


def _scores(model: ModelResult) -> list[str]:
    return [f"{name} - {_figure(task.score)}" for name, task in sorted(model.tasks.items())]


def _figure(value: float) -> str:
    return str(round(value, 2))


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+}"
