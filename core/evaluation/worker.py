"""Evaluation on multiple-choice tasks in a worker process: one process for all models."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

from core.errors import LabtopError
from core.evaluation.answered import FOLDER, AnswerCache, answer_key
from core.evaluation.arguments import EvaluateArguments
from core.evaluation.multiple_choice.finished_tasks import FinishedTasks
from core.evaluation.multiple_choice.scoring import (
    FullChoices,
    answer_records,
    choices_only,
    guesser_note,
    letter_note,
    model_result,
)
from core.evaluation.results import (
    Loglikelihoods,
    ModelResult,
    digest_of,
    fingerprint,
    read_result,
    result_file,
    write_result,
)
from core.evaluation.task_rows import CHOICES
from core.evaluation.tasks import Task, check_shots, find_task_files, read_tasks, task_from_file
from core.events import Reporter
from core.figures import counted
from core.models.local import check_model_folder

PROGRESS_SECONDS = 0.25
"""The shortest time between two progress events."""

Answers = dict[str, dict[int, Loglikelihoods]]
"""The log-likelihoods of the choices, by task and by the question's index."""


class Evaluator(Protocol):
    """Computes the log-likelihoods of questions that are not `known` yet."""

    def score(
        self,
        folder: Path,
        tasks: Sequence[Task],
        known: Mapping[str, set[int]],
        answered: Callable[[str, dict[int, Loglikelihoods]], None],
    ) -> list[str]: ...


def evaluate(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Score models on tasks.

    The arguments are those of EvaluateArguments.

    Returns `{"results": [{model, metric, score, stderr, n, tasks, details, file}]}`. Each result is stored in
    `output_dir` when its model is done, and reused when nothing that it depends on has changed; so is each answered
    question, so that a killed evaluation continues.
    """
    settings = EvaluateArguments.from_data(arguments)
    tasks = [task.limited(settings.limit) for task in load_tasks(settings)]
    check_shots(tasks, settings.few_shots)
    for model in settings.models if settings.endpoint is None else ():
        check_model_folder(model, contents=True)
    full = FullChoices.of(tasks)
    for note in (guesser_note(full) if full else None, letter_note(tasks)):
        if note is not None:
            reporter.note("warning", note.message, hint=note.hint)

    progress = _Progress(reporter, len(settings.models), sum(len(task.questions) for task in tasks))
    evaluator = _Lazy(settings, reporter)
    each_task = settings.questions is not None
    live = Reporter.silent() if each_task else reporter
    results = []
    for number, (model, name) in enumerate(settings.named_models):
        digest = _digest(settings, model)
        shown = [asdict(task) for task in tasks]
        key = fingerprint(digest, shown, settings.metric, settings.few_shots, settings.evaluator, number == 0)
        file = result_file(settings.output_dir, name, key)
        result = read_result(file, key)
        if result is None:
            with AnswerCache(settings.output_dir / FOLDER, digest) as cache:
                keyed = _Keyed(cache, tasks, settings)
                progress.known(sum(map(len, keyed.answers.values())))
                finished = FinishedTasks(live, settings.benchmark, name, settings.metric, tasks)
                finished.update(keyed.answers)
                notes = evaluator.load().score(model, tasks, keyed.known(), keyed.store(progress, finished))
            details = {**evaluator.details(), "few_shots": _few_shots(tasks, settings.few_shots)}
            if full:
                details["guessers"] = full.guesses()
                if number == 0 and settings.evaluator == "labtop" and settings.endpoint is None:
                    details["guessers"]["choices_only"] = choices_only(model, full.tasks)
            result = model_result(name, settings.metric, tasks, keyed.answers, details)
            write_result(file, key, result, answers=answer_records(tasks, result))
            for sentence in notes:
                reporter.note("info", sentence)
            _warn_of_missing(result, reporter, at_endpoint=settings.endpoint is not None)
        progress.model_done()
        reporter.artifact("report", str(file), size=file.stat().st_size, model=name, score=result.score)
        _report_scores(settings.benchmark, result, reporter, each_task=each_task)
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


def _digest(settings: EvaluateArguments, model: Path) -> bytes:
    """What identifies a model: its content, or at an endpoint, which does not show it, its name and the address."""
    if settings.endpoint is None:
        return digest_of(model, settings.output_dir)
    return sha256(json.dumps([*settings.endpoint.endpoint_url, str(model)]).encode()).digest()


class _Lazy:
    """The evaluator, which takes seconds to import and is not needed where all results are stored."""

    def __init__(self, settings: EvaluateArguments, reporter: Reporter) -> None:
        self._settings = settings
        self._reporter = reporter
        self._batch_size = None if settings.batch_size == "auto" else settings.batch_size
        self._evaluator: Evaluator | None = None

    def load(self) -> Evaluator:
        if self._evaluator is None:
            few_shots = self._settings.few_shots
            if self._settings.endpoint is not None:
                from core.evaluation.multiple_choice.endpoint_model import EndpointEvaluator

                note = partial(self._reporter.note, "warning")
                self._evaluator = EndpointEvaluator(self._settings.endpoint, few_shots=few_shots, note=note)
            elif self._settings.evaluator == "lm-eval":
                from core.evaluation.multiple_choice.harness import LmEvalEvaluator

                self._evaluator = LmEvalEvaluator(few_shots=few_shots, batch_size=self._batch_size)
            else:
                from core.evaluation.multiple_choice.local_model import LocalEvaluator

                self._evaluator = LocalEvaluator(few_shots=few_shots, batch_size=self._batch_size)
        return self._evaluator

    def details(self) -> dict[str, Any]:
        """What computed the scores, with the versions that they may depend on."""
        from importlib.metadata import version

        if self._settings.endpoint is not None:
            return {"evaluator": "endpoint", "endpoint": ", ".join(self._settings.endpoint.endpoint_url)}
        packages = ("lm_eval", "transformers") if self._settings.evaluator == "lm-eval" else ("transformers",)
        return {"evaluator": self._settings.evaluator, "versions": {name: version(name) for name in packages}}


class _Keyed:
    """The answers of one model, in the cache and in memory."""

    def __init__(self, cache: AnswerCache, tasks: Sequence[Task], settings: EvaluateArguments) -> None:
        self._cache = cache
        self._keys = {task.name: _keys(task, settings) for task in tasks}
        self.answers: Answers = {
            name: {place: tuple(row) for place, key in enumerate(keys) if _is_row(row := cache.get(key))}
            for name, keys in self._keys.items()
        }

    def known(self) -> dict[str, set[int]]:
        return {name: set(found) for name, found in self.answers.items()}

    def store(self, progress: _Progress, finished: FinishedTasks) -> Callable[[str, dict[int, Loglikelihoods]], None]:
        def answered(task: str, rows: dict[int, Loglikelihoods]) -> None:
            self._cache.add_all({self._keys[task][place]: row for place, row in rows.items()})
            self.answers[task] |= rows
            progress.answered(len(rows))
            finished.update({task: self.answers[task]})

        return answered


def _is_row(row: object) -> bool:
    """Whether a line of the cache holds the log-likelihoods of a question; a damaged one is computed again."""
    return (
        isinstance(row, list)
        and len(row) == CHOICES
        and all(one is None or isinstance(one, int | float) for one in row)
    )


def _keys(task: Task, settings: EvaluateArguments) -> list[str]:
    """Each question's key: everything that its log-likelihoods depend on but the model."""
    shots = task.few_shots if settings.few_shots is None else settings.few_shots
    examples = task.examples[:shots] if task.examples else task.questions[: shots + 1] if shots else ()
    evaluator = "endpoint" if settings.endpoint else settings.evaluator
    shared = [evaluator, shots, task.description, task.target_delimiter, [asdict(one) for one in examples]]
    return [answer_key(*shared, asdict(question)) for question in task.questions]


def _few_shots(tasks: Sequence[Task], few_shots: int | None) -> int | list[int]:
    shots = sorted({task.few_shots if few_shots is None else few_shots for task in tasks})
    return shots[0] if len(shots) == 1 else shots


def _report_scores(benchmark: str, result: ModelResult, reporter: Reporter, *, each_task: bool) -> None:
    """The mean of a benchmark's tasks, or the score of each set of questions."""
    if not each_task:
        reporter.score(benchmark, result.model, result.score, stderr=result.stderr, n=result.n)
        return
    for name, task in result.tasks.items():
        reporter.score(f"{benchmark}, {name}", result.model, task.score, stderr=task.stderr, n=task.n)


def _warn_of_missing(result: ModelResult, reporter: Reporter, *, at_endpoint: bool) -> None:
    """Warn of questions without log-likelihoods, which count as wrong."""
    missing = sum(None in values for task in result.tasks.values() for values in task.loglikelihoods)
    if not missing:
        return
    of_all = f"{missing} of {counted(result.n, 'question')}, which count as wrong."
    if at_endpoint:
        reporter.note(
            "warning",
            f"{result.model} is likely to begin its reply with none of the choices for {of_all}",
            hint="A small model may not follow the form of the questions: more --few-shots show it.",
        )
    else:
        reporter.note(
            "warning",
            f"{result.model} computes NaN or infinite likelihoods for {of_all}",
            hint="Its training has probably diverged: a smaller learning rate may help.",
        )


class _Progress:
    """Reports the questions done, over all models and tasks."""

    def __init__(self, reporter: Reporter, models: int, questions: int) -> None:
        self._reporter = reporter
        self._questions = questions
        self._total = models * questions
        self._models_done = 0
        self._answered = 0
        self._reported = 0.0

    def known(self, questions: int) -> None:
        """Questions of the next model that were answered before."""
        self._answered = questions

    def answered(self, questions: int) -> None:
        """Count scored questions."""
        self._answered += questions
        if time.monotonic() - self._reported >= PROGRESS_SECONDS:
            self._report()

    def model_done(self) -> None:
        self._models_done += 1
        self._answered = 0
        self._report()

    def _report(self) -> None:
        self._reported = time.monotonic()
        done = min(self._questions, self._answered)
        self._reporter.progress(self._models_done * self._questions + done, self._total, "questions")
