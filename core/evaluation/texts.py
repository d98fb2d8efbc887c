"""The report of each benchmark as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.evaluation import facts_report, reports
from core.evaluation.judging.reports import branch_text, dk_bench_text, skill_text
from core.evaluation.reports import Report, Style

Text = Callable[[Mapping[str, Any], Style], str]
"""Takes the job's result, and the layout of the report."""


def multiple_choice_text(result: Mapping[str, Any], style: Style) -> str:
    report = Report.from_data(result)
    sentences = (reports.certainty(report), reports.guessers(report))
    return "\n\n".join((reports.render(report, style), "\n".join(filter(None, sentences))))


def facts_text(result: Mapping[str, Any], _style: Style) -> str:
    return facts_report.render(Report.from_data(result))


TEXTS: Mapping[str, Text] = {
    "mmlu": multiple_choice_text,
    "mmlu_branch": multiple_choice_text,
    "general_knowledge": multiple_choice_text,
    "facts": facts_text,
    "mt_bench": skill_text,
    "mt_bench_branch": branch_text,
    "dk_bench": dk_bench_text,
}


def report_text(result: Mapping[str, Any], style: Style) -> str:
    """The report of a job's result. Raises KeyError for a benchmark of another version."""
    return TEXTS[result["benchmark"]](result, style)
