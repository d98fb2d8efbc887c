"""Reports of an evaluation as text, in InstructLab's two layouts.

`classic` is the layout of the RHEL AI 1.1 documents, `current` that of later versions of InstructLab. Scores are
rounded to two decimals; a smaller difference is no change. A section of labtop's own, NO SIGNIFICANT CHANGE, holds the
differences that chance may explain (`core.evaluation.statistics`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from core.evaluation.results import ModelResult
from core.evaluation.statistics import Comparison
from core.figures import counted
from core.models.names import short_name

Style = Literal["classic", "current"]


@dataclass(frozen=True)
class Report:
    """A model's result, and that of its base model."""

    model: ModelResult
    base: ModelResult | None = None
    comparison: Comparison | None = None
    by_task: dict[str, Comparison] = field(default_factory=dict)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Report:
        """The report of an evaluate job's result, in which the base's result is the first."""
        *before, model = [ModelResult.from_data(result) for result in data["results"]]
        comparison = data.get("comparison")
        return cls(
            model,
            before[0] if before else None,
            None if comparison is None else Comparison.from_data(comparison),
            {name: Comparison.from_data(changed) for name, changed in data.get("by_task", {}).items()},
        )


def render(report: Report, style: Style) -> str:
    """The report in a layout, without a final line end."""
    sections = _classic(report) if style == "classic" else _current(report)
    return "\n\n".join(["# KNOWLEDGE EVALUATION REPORT", *("\n".join(section) for section in sections)])


def certainty(report: Report) -> str:
    """One sentence on the statistical certainty of the report's scores."""
    model = report.model
    if report.base is None or report.comparison is None:
        interval = "" if model.interval is None else ", 95 % interval {:.2f} to {:.2f}".format(*model.interval)
        return f"Standard error {model.stderr:.2f}{interval}, {counted(model.n, 'question')}."
    changed = report.comparison
    return (
        f"Standard error {report.base.stderr:.2f} before and {model.stderr:.2f} after, {counted(model.n, 'question')}: "
        f"{changed.gained} gained and {changed.lost} lost (McNemar's exact test: p = {changed.p_value:.2g}). "
        f"The difference is {signed(changed.difference)}, 95 % interval {changed.low:+.2f} to {changed.high:+.2f}"
        + (": significant." if changed.significant else ": no significant change.")
    )


def guessers(report: Report) -> str | None:
    """One sentence on what guessers without knowledge score on the same questions, if that is known."""
    found = (report.base or report.model).details.get("guessers")
    if not found:
        return None
    scores = [f"most shared words {found['shared_words']:.2f}", f"longest choice {found['longest']:.2f}"]
    if (blind := found.get("choices_only")) is not None:
        scores.append(f"{short_name(Path((report.base or report.model).model))} without the question {blind:.2f}")
    return f"Without knowledge: {', '.join(scores)}; chance {found['chance']:.2f}."


def _classic(report: Report) -> Iterable[list[str]]:
    model, base = report.model, report.base
    if base is None:
        yield ["## MODEL", model.model]
        yield ["### AVERAGE:", f"{figure(model.score)} (across {len(model.tasks)})"]
        yield ["### SCORES:", *_scores(model)]
        return
    yield ["## BASE MODEL", base.model]
    yield ["## MODEL", model.model]
    yield ["### AVERAGE:", f"{signed(model.score - base.score)}(across {len(model.tasks)})"]
    # The documents' example with one task ends with the average, which is its only score.
    if len(model.tasks) > 1:
        changes = Changes.of(report, base)
        for title, found in (
            ("### IMPROVEMENTS:", changes.better),
            ("### REGRESSIONS:", changes.worse),
            ("### NO SIGNIFICANT CHANGE:", changes.uncertain),
        ):
            yield from listed(title, [f"{name} ({signed(delta)})" for name, delta in found])
        yield from listed("### NO CHANGE:", changes.same)


def _current(report: Report) -> Iterable[list[str]]:
    model, base = report.model, report.base
    if base is None:
        yield ["## MODEL (SCORE)", f"{model.model} ({figure(model.score)}/1.0)"]
        yield ["### SCORES (0.0 to 1.0):", *_scores(model)]
        return
    yield ["## BASE MODEL (SCORE)", f"{base.model} ({figure(base.score)}/1.0)"]
    yield ["## MODEL (SCORE)", f"{model.model} ({figure(model.score)}/1.0)"]
    changes = Changes.of(report, base)

    def moved(name: str, delta: float) -> str:
        return f"{name}: {figure(base.tasks[name].score)} -> {figure(model.tasks[name].score)} ({signed(delta)})"

    for title, found in (
        ("### IMPROVEMENTS (0.0 to 1.0):", changes.better),
        ("### REGRESSIONS (0.0 to 1.0):", changes.worse),
        ("### NO SIGNIFICANT CHANGE (0.0 to 1.0):", changes.uncertain),
    ):
        yield from listed(title, [moved(*change) for change in found])
    same = [f"{name} ({figure(model.tasks[name].score)})" for name in changes.same]
    yield from listed("### NO CHANGE (0.0 to 1.0):", same)


@dataclass(frozen=True)
class Changes:
    better: list[tuple[str, float]]
    """Task and difference, the largest first."""
    worse: list[tuple[str, float]]
    """The largest loss first."""
    uncertain: list[tuple[str, float]]
    """Differences that chance may explain, the largest first. Where nothing is known of that, there are none."""
    same: list[str]

    @classmethod
    def of(cls, report: Report, base: ModelResult) -> Changes:
        deltas = {
            name: round(round(task.score, 2) - round(base.tasks[name].score, 2), 2)
            for name, task in report.model.tasks.items()
            if name in base.tasks
        }
        by_delta = sorted(deltas.items(), key=lambda change: (-abs(change[1]), change[0]))
        changed = [change for change in by_delta if change[1]]
        uncertain = {name for name, compared in report.by_task.items() if not compared.significant}
        return cls(
            [change for change in changed if change[1] > 0 and change[0] not in uncertain],
            [change for change in changed if change[1] < 0 and change[0] not in uncertain],
            [change for change in changed if change[0] in uncertain],
            sorted(name for name, delta in deltas.items() if delta == 0),
        )


def listed(title: str, entries: list[str]) -> Iterable[list[str]]:
    """A section of numbered entries, left out when there are no entries."""
    if entries:
        yield [title, *(f"{number}. {entry}" for number, entry in enumerate(entries, 1))]


def _scores(model: ModelResult) -> list[str]:
    return [f"{name} - {figure(task.score)}" for name, task in sorted(model.tasks.items())]


def figure(value: float) -> str:
    return str(round(value, 2))


def signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+}"
