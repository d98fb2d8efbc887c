"""Evaluation on tasks in a worker process: one process, and one import of the harness, for all models."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from core.errors import LabtopError
from core.evaluation.arguments import EvaluateArguments
from core.evaluation.results import ModelResult, digest_of, fingerprint, read_result, result_file, write_result
from core.evaluation.tasks import CHOICES, Task, check_shots, find_task_files, read_tasks, task_from_file
from core.events import Reporter
from core.figures import counted
from core.models.local import check_model_folder

PROGRESS_SECONDS = 0.25
"""The shortest time between two progress events."""


def evaluate(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Score models on tasks.

    The arguments are those of EvaluateArguments.

    Returns `{"results": [{model, metric, score, stderr, n, tasks, file}]}`. Each result is stored in `output_dir` when
    its model is done, and reused when nothing that it depends on has changed.
    """
    settings = EvaluateArguments.from_data(arguments)
    few_shots, batch_size = settings.few_shots, None if settings.batch_size == "auto" else settings.batch_size
    tasks = [task.limited(settings.limit) for task in load_tasks(settings)]
    check_shots(tasks, few_shots)
    for model in settings.models:
        check_model_folder(model)

    progress = _Progress(reporter, len(settings.models), sum(len(task.questions) for task in tasks))
    results = []
    for model, name in settings.named_models:
        key = fingerprint(
            digest_of(model, settings.output_dir), [asdict(task) for task in tasks], settings.metric, few_shots
        )
        file = result_file(settings.output_dir, name, key)
        result = read_result(file, key)
        if result is None:
            # Takes seconds, so it is imported only when needed.
            from core.evaluation import harness

            scores = harness.score(
                model,
                tasks,
                metric=settings.metric,
                few_shots=few_shots,
                batch_size=batch_size,
                answered=progress.answered,
            )
            result = ModelResult.of(name, settings.metric, scores)
            write_result(file, key, result)
            _warn_of_divergence(result, reporter)
        progress.model_done()
        reporter.artifact("report", str(file), size=file.stat().st_size, model=name, score=result.score)
        _report_scores(settings.benchmark, result, reporter, each_task=settings.questions is not None)
        results.append({**result.summary(), "model": name, "file": str(file)})
    return {"results": results}


def load_tasks(settings: EvaluateArguments) -> list[Task]:
    """The tasks of an evaluation's arguments. Raises LabtopError when there are none or one is invalid."""
    if settings.questions:
        return [task_from_file(name, file) for name, file in settings.questions.items()]
    if settings.tasks:
        return read_tasks(settings.tasks)
    if settings.tasks_dir is None:
        raise LabtopError("Evaluation: one of tasks_dir, tasks and questions is required.")
    return read_tasks(find_task_files(settings.tasks_dir))


def _report_scores(benchmark: str, result: ModelResult, reporter: Reporter, *, each_task: bool) -> None:
    """The mean of a benchmark's tasks, or the score of each set of questions."""
    if not each_task:
        reporter.score(benchmark, result.model, result.score, stderr=result.stderr, n=result.n)
        return
    for name, task in result.tasks.items():
        reporter.score(f"{benchmark}, {name}", result.model, task.score, stderr=task.stderr, n=task.n)


def _warn_of_divergence(result: ModelResult, reporter: Reporter) -> None:
    broken = sum(None in values for task in result.tasks.values() for values in task.loglikelihoods)
    if broken:
        reporter.note(
            "warning",
            f"{result.model} computes NaN or infinite likelihoods for {broken} of"
            f" {counted(result.n, 'question')}, which count as wrong.",
            hint="Its training has probably diverged: a smaller learning rate may help.",
        )


class _Progress:
    """Reports the questions done, over all models and tasks."""

    def __init__(self, reporter: Reporter, models: int, questions: int) -> None:
        self._reporter = reporter
        self._questions = questions
        self._total = models * questions
        self._models_done = 0
        self._choices = 0
        self._reported = 0.0

    def answered(self) -> None:
        """Count one scored choice of a question."""
        self._choices += 1
        if time.monotonic() - self._reported >= PROGRESS_SECONDS:
            self._report()

    def model_done(self) -> None:
        self._models_done += 1
        self._choices = 0
        self._report()

    def _report(self) -> None:
        self._reported = time.monotonic()
        done = min(self._questions, self._choices // CHOICES)
        self._reporter.progress(self._models_done * self._questions + done, self._total, "questions")
