"""Reports of judged benchmarks as text: in the documents' layouts, followed by what they leave out.

`classic` is the layout of the RHEL AI 1.1 documents, `current` that of later versions of InstructLab. After them come
the scores by category with their standard errors, what failed, and how the judge rated answers without content.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.evaluation.reports import Changes, Report, Style, figure, listed, signed
from core.evaluation.results import ModelResult
from core.figures import counted

TURNS = ("ONE", "TWO")

DASHES = 28
"""Of the line below DK-Bench's questions."""


def skill_text(result: Mapping[str, Any], style: Style) -> str:
    """The report of mt_bench."""
    report = Report.from_data(result)
    sections: list[list[str]] = []
    for one in _results(report):
        sections += [_heading(one, report, style), *_scores(one, style)]
    return _text(sections, report)


def branch_text(result: Mapping[str, Any], style: Style) -> str:
    """The report of mt_bench_branch: what changed for each leaf."""
    report = Report.from_data(result)
    sections = [_heading(one, report, style) for one in _results(report)]
    model, base = report.model, report.base
    scale = "" if style == "classic" else " (0.0 to 10.0)"
    if base is None:
        sections += [[f"### SCORES{scale}:", *(f"{name} - {figure(task.score)}" for name, task in _by_name(model))]]
    else:
        fresh = set(model.details.get("new_leaves", ()))
        old = {name: task for name, task in base.tasks.items() if name not in fresh}
        changes = Changes.of(report, replace(base, tasks=old))

        def moved(name: str, delta: float) -> str:
            if style == "classic":
                return f"{name} ({signed(delta)})"
            before, after = figure(base.tasks[name].score), figure(model.tasks[name].score)
            return f"{name}: {before} -> {after} ({signed(delta)})"

        for title, found in (
            ("IMPROVEMENTS", changes.better),
            ("REGRESSIONS", changes.worse),
            ("NO SIGNIFICANT CHANGE", changes.uncertain),
        ):
            sections += listed(f"### {title}{scale}:", [moved(*change) for change in found])

        def with_score(name: str) -> str:
            return name if style == "classic" else f"{name} ({figure(model.tasks[name].score)})"

        sections += listed(f"### NO CHANGE{scale}:", [with_score(name) for name in changes.same])
        new = sorted(name for name in model.tasks if name not in old)
        sections += listed(f"### NEW{scale}:", [f"{name} ({figure(model.tasks[name].score)})" for name in new])
    rates = [float(one.details.get("error_rate", 0)) for one in _results(report)]
    sections += _error_rate(sum(rates) / len(rates))
    return _text(sections, report, _new_leaves(report))


def _new_leaves(report: Report) -> list[str]:
    """What both models score on leaves that only the model's branch has."""
    model, base = report.model, report.base
    names = model.details.get("new_leaves", ())
    lines = [
        f"  {name}: {figure(base.tasks[name].score)} -> {figure(model.tasks[name].score)}"
        for name in names
        if base and name in base.tasks and name in model.tasks
    ]
    return ["New leaves, base model -> model:", *lines] if lines else []


def dk_bench_text(result: Mapping[str, Any], _style: Style) -> str:
    """The report of dk_bench: each question, the average and the sum."""
    report = Report.from_data(result)
    sections = [["# DK-BENCH REPORT"]]
    for one in _results(report):
        ratings = one.details.get("ratings", [])
        top = one.details.get("scale", [1, 5])[1]
        total = sum(rating for rating in ratings if rating is not None)
        n = sum(rating is not None for rating in ratings)
        sections += [
            [f"## MODEL: {one.model}"],
            [
                *(_question_line(number, rating, top) for number, rating in enumerate(ratings, 1)),
                "-" * DASHES,
                f"Average Score:   {one.score:.2f}/{top}",
                f"Total Score:     {total:g}/{n * top}",
            ],
            ["Result files:", *one.details.get("files", [])],
            [f"Standard error of the average: {one.stderr:.2f}."] if one.stderr else [],
            list(_remarks(one)),
        ]
    sections.append(_difference(report))
    return "\n\n".join("\n".join(section) for section in sections if section)


def _question_line(number: int, rating: float | None, top: int) -> str:
    shown = "no rating" if rating is None else f"{rating:g}/{top}"
    return f"Question #{number}:".ljust(17) + shown


def _results(report: Report) -> list[ModelResult]:
    return [one for one in (report.base, report.model) if one]


def _by_name(result: ModelResult) -> list[tuple[str, Any]]:
    return sorted(result.tasks.items())


def _heading(one: ModelResult, report: Report, style: Style) -> list[str]:
    title = "BASE MODEL" if one is report.base else "MODEL"
    if style == "classic":
        return [f"## {title}", one.model]
    return [f"## {title} (SCORE)", f"{one.model} ({figure(one.score)}/10.0)"]


def _scores(one: ModelResult, style: Style) -> Iterator[list[str]]:
    """A model's average, turns and error rate."""
    scale = "" if style == "classic" else " (0.0 to 10.0)"
    if style == "classic":
        yield ["### AVERAGE:", f"{figure(one.score)} (across {one.n})"]
    for title, turn in zip(TURNS, one.details.get("turns", ()), strict=False):
        yield [f"### TURN {title}{scale}:", "N/A" if turn["score"] is None else figure(turn["score"])]
    yield from _error_rate(float(one.details.get("error_rate", 0)))


def _error_rate(rate: float) -> Iterable[list[str]]:
    """The share of turns without a rating, left out if there are none."""
    return [["### ERROR RATE:", figure(rate)]] if rate else []


def _text(sections: Iterable[list[str]], report: Report, more: list[str] | None = None) -> str:
    blocks = [["# SKILL EVALUATION REPORT"], *sections, more or []]
    for one in _results(report):
        name = f" of {one.model}" if report.base else ""
        blocks.append([f"Scores{name}, with standard errors:", *_categories(one)])
        blocks.append(list(_remarks(one)))
    blocks.append(_difference(report))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def _difference(report: Report) -> list[str]:
    """The two models on the questions that both answered."""
    found = report.comparison
    if found is None:
        return []
    significance = "significant" if found.significant else "no significant change"
    return [
        f"On the questions that both models answered, the difference is {signed(found.difference)}, 95 % "
        f"interval {found.low:+.2f} to {found.high:+.2f}: {significance}."
    ]


def _categories(one: ModelResult) -> Iterator[str]:
    rows = [("all", one.score, one.stderr, one.n), *((name, t.score, t.stderr, t.n) for name, t in one.tasks.items())]
    width = max(len(name) for name, *_ in rows)
    for name, score, stderr, n in rows:
        error = f"± {stderr:.2f}" if stderr else ""  # one question says nothing of the spread
        yield f"  {name.ljust(width)}  {score:5.2f} {error:6}  ({counted(n, 'rating')})"


def _remarks(one: ModelResult) -> Iterator[str]:
    """What a reader must know to judge the scores."""
    details = one.details
    judge = details.get("judge", "the judge")
    if details.get("questions"):
        yield f"Questions: {details['questions']}."
    if details.get("only_with_reference"):
        yield (
            f"{judge} is no language model: it compares words with the reference answer, and rates only turns that"
            " have one."
        )
    for what, failed, total in (
        ("answers", "failed_answers", "turns_asked"),
        ("judgements", "failed_judgements", "expected"),
    ):
        if reasons := details.get(failed):
            listed_reasons = ", ".join(f"{reason} ({count})" for reason, count in reasons.items())
            yield f"Failed {what}: {sum(reasons.values())} of {details.get(total)}: {listed_reasons}."
    if details.get("truncated"):
        yield f"{counted(details['truncated'], 'answer')} reached the token limit."
    for name, mean in details.get("baselines", {}).items():
        if mean["score"] is not None:
            yield f"Without content ({name}), {judge} gives {mean['score']:.2f} on average."
