"""Reports the scores of tasks while others are still asked, so that a long evaluation can be watched."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from math import inf

from core.evaluation.multiple_choice.scoring import task_result
from core.evaluation.results import Loglikelihoods, Metric, TaskResult
from core.evaluation.tasks import Task
from core.events import Reporter

REPORT_SECONDS = 1.0
"""The shortest time between two events. Tasks that are finished sooner share one, which keeps the event log small."""


class FinishedTasks:
    """The tasks of one model of which all questions are answered."""

    def __init__(self, reporter: Reporter, benchmark: str, model: str, metric: Metric, tasks: Sequence[Task]) -> None:
        self._reporter = reporter
        self._benchmark = benchmark
        self._model = model
        self._metric = metric
        self._unfinished = {task.name: task for task in tasks}
        self._total = len(tasks)
        self._waiting: dict[str, TaskResult] = {}
        """Scores that are not reported yet."""
        self._reported = -inf

    def update(self, answers: Mapping[str, Mapping[int, Loglikelihoods]]) -> None:
        """Take the answers so far to tasks, and report those that are finished, if it is time."""
        for name, rows in answers.items():
            task = self._unfinished.get(name)
            if task is not None and len(rows) == len(task.questions):
                self._waiting[name] = task_result(task, rows, self._metric)
                del self._unfinished[name]
        if not self._waiting or not self._unfinished:  # the score of all tasks follows at once
            return
        now = time.monotonic()
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            self._reporter.task_scores(
                self._benchmark,
                self._model,
                {name: (task.score, task.stderr, task.n) for name, task in self._waiting.items()},
                total=self._total,
            )
            self._waiting = {}
