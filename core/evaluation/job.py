"""`model evaluate` as a job: score a model, and the one that it is measured against, on the same tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.evaluation.reports import Report
from core.evaluation.results import ModelResult
from core.evaluation.statistics import compare
from core.events import StagePlan
from core.jobs.context import JobContext

STAGE = "evaluate"

LOADING_SECONDS = 300.0
"""How long the stage may be quiet: importing the harness and loading a large model from a slow disk tell nothing."""


def run(context: JobContext) -> dict[str, Any]:
    """Score the option `model`, and `base_model` where given, on the tasks of `tasks_dir`."""
    options = context.options
    models = [model for model in (options.get("base_model"), options["model"]) if model]
    title = "Evaluate " + " and ".join(Path(model).name for model in models)
    context.reporter.plan([StagePlan(STAGE, title)])
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS):
        done = context.work(
            "core.evaluation.worker:evaluate",
            {
                "models": models,
                "benchmark": options["benchmark"],
                "tasks_dir": options["tasks_dir"],
                "output_dir": options["output_dir"],
                "few_shots": options.get("few_shots"),
                "batch_size": options.get("batch_size"),
            },
            STAGE,
        )
    return {"benchmark": options["benchmark"], **_report(done["results"]).to_data()}


def _report(results: list[dict[str, Any]]) -> Report:
    """The report of one model, or of a base and the model tuned from it."""
    *before, after = [ModelResult.from_data(result) for result in results]
    if not before:
        return Report(after)
    return Report(after, before[0], compare(*(_answers(Path(result["file"])) for result in results)))


def _answers(file: Path) -> list[bool]:
    """Which questions were answered rightly, in the order of tasks and questions, from a result's file."""
    result = ModelResult.from_data(json.loads(file.read_text(encoding="utf-8")))
    return [correct for task in result.tasks.values() for correct in task.correct]
