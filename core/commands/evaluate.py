"""The job of `model evaluate`."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.commands.request import Given, JobRequest
from core.config.options.evaluate import EvaluateOptions
from core.errors import UsageError
from core.evaluation.arguments import EvaluateJob
from core.evaluation.facts import read_facts
from core.evaluation.tasks import check_shots, find_task_files, read_tasks
from core.models.local import check_model_folder
from core.paths import expanded
from core.serving.names import require_model
from core.system.extras import require

OF_TASKS = ("tasks_dir", "few_shots", "report_style")
"""Options that only the benchmark mmlu_branch uses."""


def evaluate_request(options: EvaluateOptions, given: Given) -> JobRequest:
    """The evaluation that the options ask for. Raises LabtopError for mistakes that can be found before it starts."""
    _check_usage(options, given)
    require("train" if options.benchmark == "facts" else "eval")
    roots = paths.current()
    if options.model is None:
        raise UsageError("No model given. Pass --model, or set evaluate.model in the settings.")
    named = [name for name in (options.base_model, options.model) if name is not None]
    folders = [Path(require_model(name, roots.models_dir)) for name in named]
    for folder in folders:
        check_model_folder(folder)
    tasks_dir = questions = None
    if options.questions is not None:
        questions = expanded(options.questions).absolute()
        read_facts(questions)
    else:
        tasks_dir = expanded(options.tasks_dir or roots.datasets_dir).absolute()
        check_shots(read_tasks(find_task_files(tasks_dir)), options.few_shots)
    output_dir = options.output_dir or roots.internal_dir / "eval_data" / options.benchmark
    job = EvaluateJob(
        **options.scoring(),
        benchmark=options.benchmark,
        model=str(folders[-1]),
        base_model=str(folders[0]) if options.base_model else None,
        tasks_dir=tasks_dir,
        questions=questions,
        output_dir=expanded(output_dir).absolute(),
        report_style=options.report_style,
    )
    return JobRequest(
        "evaluate", "core.evaluation.job:run", job.model_dump(mode="json"), f"Evaluate {folders[-1].name}"
    )


def _check_usage(options: EvaluateOptions, given: Given) -> None:
    """Reject options that only another benchmark uses."""
    if (options.benchmark == "facts") != (options.questions is not None):
        raise UsageError(
            "--benchmark facts requires --questions FILE."
            if options.questions is None
            else "--questions requires --benchmark facts."
        )
    for name in OF_TASKS if options.benchmark == "facts" else ():
        if name in given.names:
            raise UsageError(f"--{name.replace('_', '-')} cannot be used with --benchmark facts.")
