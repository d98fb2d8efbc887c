"""The work of an evaluation, in a worker process: one process, and one import of the harness, for all models."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.evaluation.results import Metric, ModelResult, fingerprint, read_result, result_file, write_result
from core.evaluation.tasks import CHOICES, Task, check_shots, find_task_files, read_tasks, task_from_file
from core.events import Reporter
from core.models.local import check_model_folder

TELL_SECONDS = 0.25
"""Between two events of progress."""


def evaluate(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Score models on tasks.

    Arguments: `models` (folders); `output_dir`; one of `tasks_dir`, `tasks` (task files) or `questions` (name: file of
    rows); and, where wanted, `names` of the models, `benchmark` (what the scores are called, mmlu_branch unless given),
    `metric`, `limit` (questions a task), `few_shots`, `batch_size`.

    Returns `{"results": [{model, metric, score, stderr, n, tasks, file}]}`. Each result is kept in `output_dir` when
    its model is done, and taken from there when nothing that it depends on has changed.
    """
    models = [Path(model) for model in arguments["models"]]
    names = [str(name) for name in arguments.get("names") or models]
    output = Path(arguments["output_dir"])
    benchmark = str(arguments.get("benchmark") or "mmlu_branch")
    metric: Metric = arguments.get("metric") or "acc_norm"
    few_shots, batch_size = arguments.get("few_shots"), arguments.get("batch_size")
    tasks = [task.limited(arguments.get("limit")) for task in load_tasks(arguments)]
    check_shots(tasks, few_shots)
    for model in models:
        check_model_folder(model)

    progress = _Progress(reporter, len(models), sum(len(task.questions) for task in tasks))
    results = []
    for model, name in zip(models, names, strict=True):
        key = fingerprint(model, [asdict(task) for task in tasks], metric, few_shots)
        file = result_file(output, name, key)
        result = read_result(file, key)
        if result is None:
            # Takes seconds, so only when there is something to score.
            from core.evaluation import harness

            scores = harness.score(
                model, tasks, metric=metric, few_shots=few_shots, batch_size=batch_size, answered=progress.answered
            )
            result = ModelResult.of(name, metric, scores)
            write_result(file, key, result)
            _warn_of_broken(result, reporter)
        progress.model_done()
        reporter.artifact("report", str(file), size=file.stat().st_size, model=name, score=result.score)
        _tell_scores(benchmark, result, reporter, each_task="questions" in arguments)
        results.append({**result.summary(), "model": name, "file": str(file)})
    return {"results": results}


def load_tasks(arguments: dict[str, Any]) -> list[Task]:
    """The tasks that an evaluation's arguments name. Raises LabtopError when there are none or one is broken."""
    if questions := arguments.get("questions"):
        return [task_from_file(name, Path(file)) for name, file in questions.items()]
    if files := arguments.get("tasks"):
        return read_tasks(Path(file) for file in files)
    return read_tasks(find_task_files(Path(arguments["tasks_dir"])))


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
