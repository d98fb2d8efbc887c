"""`run` as a job: the stages in one folder, and a summary of their results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.files import locked_folder
from core.jobs.context import JobContext
from core.models.local import check_model_folder
from core.workflow.engine import Stage, StageOutcome, check_range, planned, run_stages, stages_between
from core.workflow.evaluation import evaluate_stage
from core.workflow.options import EVALUATE, GENERATE, SERVE, STAGES, TRAIN, WorkflowOptions
from core.workflow.serving import serve_stage
from core.workflow.stages import generate_stage, train_stage_of


def run(context: JobContext) -> dict[str, Any]:
    """Run the stages of the options (WorkflowOptions); those with unchanged inputs are skipped."""
    options = WorkflowOptions.from_data(context.options)
    if options.student is None:
        raise LabtopError("No student model given.", hint="Pass its folder with --model-path, or set train.model_path.")
    check_range(STAGES, options.first, options.last)
    check_model_folder(Path(options.student))
    stages = workflow_stages(context, options)
    context.reporter.plan(planned(stages_between(stages, options.first, options.last)))
    with locked_folder(options.folder, f"labtop run, job {context.spec.id}"):
        outcomes = run_stages(stages, options.folder, context.reporter, first=options.first, last=options.last)
    return summary(options, outcomes)


def workflow_stages(context: JobContext, options: WorkflowOptions) -> list[Stage]:
    """The stages of the method, in order."""
    return [
        generate_stage(context, options),
        train_stage_of(context, options),
        evaluate_stage(context, options),
        serve_stage(context, options),
    ]


def summary(options: WorkflowOptions, outcomes: Sequence[StageOutcome]) -> dict[str, Any]:
    """The results of the stages; those of stages that were not reached are None."""
    results = {outcome.name: outcome.result for outcome in outcomes}
    trained, scores = results.get(TRAIN), results.get(EVALUATE) or {}
    names = (
        "benchmark", "base", "tuned", "plain", "free", "multiple_choice", "seen_in_training", "generated", "guesser",
    )  # fmt: skip
    return {
        **{name: scores.get(name) for name in names},
        "dir": str(options.folder),
        "stages": [outcome.to_data() for outcome in outcomes],
        "files": results[GENERATE]["files"],
        "best": trained["best"] if trained else None,
        "phases": trained["phases"] if trained else None,
        "comparison": trained.get("comparison") if trained else None,
        "serve": results.get(SERVE),
    }
