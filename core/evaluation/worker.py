"""The work of an evaluation, in a worker process: one process, and one import of the harness, for all models."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from core.errors import LabtopError
from core.evaluation.arguments import EvaluateArguments
from core.evaluation.results import ModelResult, fingerprint, read_result, result_file, write_result
from core.evaluation.tasks import CHOICES, Task, check_shots, find_task_files, read_tasks, task_from_file
from core.events import Reporter
from core.models.local import check_model_folder

TELL_SECONDS = 0.25
"""Between two events of progress."""


def evaluate(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Score models on tasks.

    The arguments are those of EvaluateArguments.

    Returns `{"results": [{model, metric, score, stderr, n, tasks, file}]}`. Each result is kept in `output_dir` when
    its model is done, and taken from there when nothing that it depends on has changed.
    """
    asked = EvaluateArguments.from_data(arguments)
    few_shots, batch_size = asked.few_shots, None if asked.batch_size == "auto" else asked.batch_size
    tasks = [task.limited(asked.limit) for task in load_tasks(asked)]
    check_shots(tasks, few_shots)
    for model in asked.models:
        check_model_folder(model)

    progress = _Progress(reporter, len(asked.models), sum(len(task.questions) for task in tasks))
    results = []
    for model, name in asked.named_models:
        key = fingerprint(model, [asdict(task) for task in tasks], asked.metric, few_shots)
        file = result_file(asked.output_dir, name, key)
        result = read_result(file, key)
        if result is None:
            # Takes seconds, so only when there is something to score.
            from core.evaluation import harness

            scores = harness.score(
                model,
                tasks,
                metric=asked.metric,
                few_shots=few_shots,
                batch_size=batch_size,
                answered=progress.answered,
            )
            result = ModelResult.of(name, asked.metric, scores)
            write_result(file, key, result)
            _warn_of_broken(result, reporter)
        progress.model_done()
        reporter.artifact("report", str(file), size=file.stat().st_size, model=name, score=result.score)
        _tell_scores(asked.benchmark, result, reporter, each_task=asked.questions is not None)
        results.append({**result.summary(), "model": name, "file": str(file)})
    return {"results": results}


def load_tasks(asked: EvaluateArguments) -> list[Task]:
    """The tasks that an evaluation's arguments name. Raises LabtopError when there are none or one is broken."""
    if asked.questions:
        return [task_from_file(name, file) for name, file in asked.questions.items()]
    if asked.tasks:
        return read_tasks(asked.tasks)
    if asked.tasks_dir is None:
        raise LabtopError("Evaluation: one of tasks_dir, tasks and questions is required.")
    return read_tasks(find_task_files(asked.tasks_dir))


def _tell_scores(benchmark: str, result: ModelResult, reporter: Reporter, *, each_task: bool) -> None:
    """The mean of a benchmark's tasks; sets of questions that were given one by one have a score each."""
    if not each_task:
        reporter.score(benchmark, result.model, result.score, stderr=result.stderr, n=result.n)
        return
    for name, task in result.tasks.items():
        reporter.score(f"{benchmark}, {name}", result.model, task.score, stderr=task.stderr, n=task.n)


def _warn_of_broken(result: ModelResult, reporter: Reporter) -> None:
    broken = sum(None in values for task in result.tasks.values() for values in task.loglikelihoods)
    if broken:
        reporter.note(
            "warning",
            f"{result.model} gives no finite likelihoods for {broken} of {result.n} questions; they count as wrong.",
            hint="Its training has probably diverged: a smaller learning rate may help.",
        )


class _Progress:
    """Questions done, of all models and tasks."""

    def __init__(self, reporter: Reporter, models: int, questions: int) -> None:
        self._reporter = reporter
        self._questions = questions
        self._total = models * questions
        self._models_done = 0
        self._choices = 0
        self._told = 0.0

    def answered(self) -> None:
        """One choice of one question is scored."""
        self._choices += 1
        if time.monotonic() - self._told >= TELL_SECONDS:
            self._tell()

    def model_done(self) -> None:
        self._models_done += 1
        self._choices = 0
        self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        done = min(self._questions, self._choices // CHOICES)
        self._reporter.progress(self._models_done * self._questions + done, self._total, "questions")
