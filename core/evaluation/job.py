"""`model evaluate` as a job: score a model, and the one that it is measured against, on the same questions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from core.evaluation.results import ModelResult
from core.evaluation.statistics import compare
from core.events import StagePlan
from core.jobs.context import JobContext

STAGE = "evaluate"

LOADING_SECONDS = 300.0
"""How long the stage may be quiet: importing the harness and loading a large model from a slow disk tell nothing."""


def run(context: JobContext) -> dict[str, Any]:
    """Score the option `model`, and `base_model` where given, by `benchmark`.

    The benchmark `facts` asks the questions of the file `questions`, all others the tasks of `tasks_dir`. Returns
    {benchmark, results: [{model, benchmark, score, stderr, n, tasks, file}], comparison, by_task}: the base's result
    comes first, and with one there are comparisons of all questions and of each task's.
    """
    options = context.options
    models = [model for model in (options.get("base_model"), options["model"]) if model]
    title = "Evaluate " + " and ".join(Path(model).name for model in models)
    context.reporter.plan([StagePlan(STAGE, title)])
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS):
        target, own = _work(options)
        common = {name: options.get(name) for name in ("benchmark", "output_dir", "batch_size")}
        results = context.work(target, {"models": models, **common, **own}, STAGE)["results"]
    return {
        "benchmark": options["benchmark"],
        "results": [{**result, "benchmark": options["benchmark"]} for result in results],
        **(_comparisons(*(_answers(Path(result["file"])) for result in results)) if len(results) > 1 else {}),
    }


def _work(options: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A benchmark's work function, and the arguments that only it takes."""
    if options["benchmark"] == "facts":
        return "core.evaluation.facts_worker:ask", {"questions": [options["questions"]]}
    return "core.evaluation.worker:evaluate", {name: options.get(name) for name in ("tasks_dir", "few_shots")}


def _comparisons(base: Mapping[str, Sequence[bool]], tuned: Mapping[str, Sequence[bool]]) -> dict[str, Any]:
    """A base and the model tuned from it, question by question."""
    return {
        "comparison": vars(compare(*(list(chain(*answers.values())) for answers in (base, tuned)))),
        "by_task": {name: vars(compare(correct, tuned[name])) for name, correct in base.items()},
    }


def _answers(file: Path) -> dict[str, tuple[bool, ...]]:
    """By task, which questions were answered rightly, from a result's file."""
    result = ModelResult.from_data(json.loads(file.read_text(encoding="utf-8")))
    return {name: task.correct for name, task in result.tasks.items()}
