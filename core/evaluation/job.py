"""`model evaluate` as a job: score a model and its base model, compare them, and store the report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.evaluation.arguments import EvaluateJob
from core.evaluation.comparison import compare_results
from core.evaluation.results import ModelResult, result_slug
from core.evaluation.runners import RUNNERS
from core.evaluation.texts import report_text
from core.files import write_atomic
from core.jobs.context import JobContext
from core.printable import printable_lines


def run(context: JobContext) -> dict[str, Any]:
    """Score the option `model`, and `base_model` where given, by `benchmark`.

    Returns {benchmark, results: [{model, benchmark, score, stderr, n, tasks, file}], comparison, by_task, report}: the
    base's result is the first, and with one there are comparisons over all questions and for each task. `report` is a
    file with the same as JSON.
    """
    options = EvaluateJob.from_data(context.options)
    results = RUNNERS[options.benchmark](context, options)
    found: dict[str, Any] = {
        "benchmark": options.benchmark,
        "results": [{**result, "benchmark": options.benchmark} for result in results],
        **(compare_results(*(_read(result) for result in results)) if len(results) > 1 else {}),
    }
    return {**found, "report": str(_write_report(context, options, found))}


def _read(result: Mapping[str, Any]) -> ModelResult:
    """A result with its scores by question, from its file."""
    return ModelResult.from_data(json.loads(Path(result["file"]).read_text(encoding="utf-8")))


def _write_report(context: JobContext, options: EvaluateJob, found: Mapping[str, Any]) -> Path:
    """The report as JSON, and as Markdown if asked for."""
    name = f"{options.benchmark}-{result_slug(options.model)}-report"
    file = options.output_dir / f"{name}.json"
    write_atomic(file, json.dumps(found, ensure_ascii=False, indent=2), sync=True)
    context.reporter.artifact("report", str(file), size=file.stat().st_size)
    if "md" in options.formats:
        text = options.output_dir / f"{name}.md"
        write_atomic(text, printable_lines(report_text(found, options.report_style)) + "\n", sync=True)
        context.reporter.artifact("report", str(text), size=text.stat().st_size)
    return file
