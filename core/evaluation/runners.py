"""What runs each benchmark in the job of `model evaluate`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from core.config.options.evaluate import Benchmark, EndpointOptions
from core.evaluation.arguments import EvaluateArguments, EvaluateJob, FactsArguments, Scored
from core.evaluation.judging.runners import run_dk_bench, run_mt_bench, run_mt_bench_branch
from core.events import StagePlan
from core.jobs.context import JobContext
from core.models.names import short_name

STAGE = "evaluate"

LOADING_SECONDS = 300.0
"""The longest time without events: importing the harness and loading a large model from a slow disk report nothing."""

Runner = Callable[[JobContext, EvaluateJob], list[dict[str, Any]]]
"""Returns [{model, metric, score, stderr, n, tasks, file}], the base model's result first; `file` has the ModelResult
with its scores by question."""


def run_multiple_choice(context: JobContext, options: EvaluateJob) -> list[dict[str, Any]]:
    """Multiple choice, of all benchmarks that have it."""
    arguments = EvaluateArguments(
        **options.scoring(),
        models=_models(options),
        output_dir=options.output_dir,
        benchmark=options.benchmark,
        tasks=options.tasks,
        tasks_dir=None if options.tasks else options.tasks_dir,
        endpoint=EndpointOptions(**{name: getattr(options, name) for name in EndpointOptions.model_fields})
        if options.endpoint_url
        else None,
        metric="acc" if options.benchmark == "mmlu" else "acc_norm",
    )
    return _in_worker(context, options, "core.evaluation.worker:evaluate", arguments)


def run_facts(context: JobContext, options: EvaluateJob) -> list[dict[str, Any]]:
    """Free answers to the file `questions`."""
    arguments = FactsArguments(
        models=_models(options),
        output_dir=options.output_dir,
        questions=(options.questions,) if options.questions else (),
        batch_size=options.batch_size,
    )
    return _in_worker(context, options, "core.evaluation.facts_worker:ask", arguments)


def _models(options: EvaluateJob) -> tuple[Path, ...]:
    return tuple(Path(model) for model in (options.base_model, options.model) if model)


def _in_worker(context: JobContext, options: EvaluateJob, target: str, arguments: Scored) -> list[dict[str, Any]]:
    """One stage, in which one worker scores all models."""
    title = "Evaluate " + " and ".join(
        short_name(Path(model)) for model in (options.base_model, options.model) if model
    )
    context.reporter.plan([StagePlan(STAGE, title)])
    with context.reporter.stage(STAGE, title, quiet_seconds=LOADING_SECONDS):
        results: list[dict[str, Any]] = context.work(target, arguments.model_dump(mode="json"), STAGE)["results"]
    return results


RUNNERS: Mapping[Benchmark, Runner] = {
    "mmlu": run_multiple_choice,
    "mmlu_branch": run_multiple_choice,
    "general_knowledge": run_multiple_choice,
    "facts": run_facts,
    "mt_bench": run_mt_bench,
    "mt_bench_branch": run_mt_bench_branch,
    "dk_bench": run_dk_bench,
}
