"""`model evaluate` as a job: score a model and its base model on the same questions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from core.evaluation.arguments import EvaluateArguments, EvaluateJob, FactsArguments, Scored
from core.evaluation.results import ModelResult
from core.evaluation.statistics import compare
from core.events import StagePlan
from core.jobs.context import JobContext

STAGE = "evaluate"

LOADING_SECONDS = 300.0
"""The longest time without events: importing the harness and loading a large model from a slow disk report nothing."""


def run(context: JobContext) -> dict[str, Any]:
    """Score the option `model`, and `base_model` where given, by `benchmark`.

    The benchmark `facts` uses the questions in the file `questions`, all others the tasks in `tasks_dir`. Returns
    {benchmark, results: [{model, benchmark, score, stderr, n, tasks, file}], comparison, by_task}: the base's result
    is the first, and with one there are comparisons over all questions and for each task.
    """
    options = EvaluateJob.from_data(context.options)
    models = [model for model in (options.base_model, options.model) if model]
    title = "Evaluate " + " and ".join(Path(model).name for model in models)
    context.reporter.plan([StagePlan(STAGE, title)])
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS):
        target, arguments = _work(options, tuple(map(Path, models)))
        results = context.work(target, arguments.model_dump(mode="json"), STAGE)["results"]
    return {
        "benchmark": options.benchmark,
        "results": [{**result, "benchmark": options.benchmark} for result in results],
        **(_comparisons(*(_answers(Path(result["file"])) for result in results)) if len(results) > 1 else {}),
    }


def _work(options: EvaluateJob, models: tuple[Path, ...]) -> tuple[str, Scored]:
    """A benchmark's worker function and its arguments."""
    if options.questions is not None:
        facts = FactsArguments(
            models=models,
            output_dir=options.output_dir,
            questions=(options.questions,),
            batch_size=options.batch_size,
        )
        return "core.evaluation.facts_worker:ask", facts
    scored = EvaluateArguments(
        **options.scoring(),
        models=models,
        output_dir=options.output_dir,
        benchmark=options.benchmark,
        tasks_dir=options.tasks_dir,
    )
    return "core.evaluation.worker:evaluate", scored


def _comparisons(base: Mapping[str, Sequence[bool]], tuned: Mapping[str, Sequence[bool]]) -> dict[str, Any]:
    """Base and tuned model compared question by question."""
    return {
        "comparison": vars(compare(*(list(chain(*answers.values())) for answers in (base, tuned)))),
        "by_task": {name: vars(compare(correct, tuned[name])) for name, correct in base.items()},
    }


def _answers(file: Path) -> dict[str, tuple[bool, ...]]:
    """Which questions were answered correctly, by task, from a result's file."""
    result = ModelResult.from_data(json.loads(file.read_text(encoding="utf-8")))
    return {name: task.correct for name, task in result.tasks.items()}
