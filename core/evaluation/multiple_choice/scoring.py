"""From log-likelihoods to scores, and what guessers would score on the same questions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

from core.evaluation.guessers import ENOUGH, MARGIN, Guesses, guesses
from core.evaluation.results import Loglikelihoods, Metric, ModelResult, TaskResult
from core.evaluation.tasks import Task

_LETTER = re.compile(r"\s*\(?[A-Z0-9]\)?\s*")


def model_result(
    name: str,
    metric: Metric,
    tasks: Sequence[Task],
    answers: Mapping[str, Mapping[int, Loglikelihoods]],
    details: dict[str, Any],
) -> ModelResult:
    """A model's result from the log-likelihoods of all questions."""
    scored = {task.name: task_result(task, answers[task.name], metric) for task in tasks}
    return replace(ModelResult.of(name, metric, scored), details=details)


def task_result(task: Task, answers: Mapping[int, Loglikelihoods], metric: Metric) -> TaskResult:
    """A task's result from the log-likelihoods of all its questions."""
    rows = [answers[place] for place in range(len(task.questions))]
    correct = [
        chosen(row, question.choices, metric) == question.answer
        for row, question in zip(rows, task.questions, strict=True)
    ]
    return TaskResult.of(correct, rows)


def chosen(row: Loglikelihoods, choices: Sequence[str], metric: Metric) -> int | None:
    """The index of the model's choice; None where a model that has diverged gives NaN, which is wrong."""
    values = [value for value in row if value is not None]
    if len(values) < len(choices):
        return None
    if metric == "acc_norm":
        values = [value / len(choice) for value, choice in zip(values, choices, strict=True)]
    return values.index(max(values))


def answer_records(tasks: Sequence[Task], result: ModelResult) -> list[dict[str, Any]]:
    """Each question with the choice of the model and the right one, as indices of its choices; for people to read."""
    return [
        {
            "kind": task.name,
            "question": question.prompt,
            "choices": list(question.choices),
            "answer": chosen(row, question.choices, result.metric),
            "expected": question.answer,
            "right": right,
        }
        for task in tasks
        for question, row, right in zip(
            task.questions,
            result.tasks[task.name].loglikelihoods,
            result.tasks[task.name].correct,
            strict=True,
        )
    ]


@dataclass(frozen=True)
class GuesserNote:
    """A warning that a set of questions can be guessed."""

    message: str
    hint: str


@dataclass(frozen=True)
class FullChoices:
    """The tasks whose choices are full answers, so that they can be guessed from their words."""

    tasks: tuple[Task, ...]
    found: Guesses

    @classmethod
    def of(cls, tasks: Sequence[Task]) -> FullChoices | None:
        """None where all choices are letters, which say nothing."""
        full = tuple(task for task in tasks if not _has_letters(task))
        rows = (
            {"question": question.prompt, "choices": question.choices, "answer": question.answer}
            for task in full
            for question in task.questions
        )
        return cls(full, guesses(rows)) if full else None

    def guesses(self) -> dict[str, Any]:
        """The guessers' scores as JSON."""
        return {**vars(self.found)}


def guesser_note(full: FullChoices) -> GuesserNote | None:
    """A warning where a guesser is further above chance than a small set may explain."""
    found = full.found
    by = "shares most words with the question" if found.best == found.shared_words else "is longest"
    return _note(f"the choice that {by}", found.best, found.chance, found.n)


def letter_note(tasks: Sequence[Task]) -> GuesserNote | None:
    """A warning where one letter is the right answer too often: a model may always choose the same one."""
    questions = [question for task in tasks if _has_letters(task) for question in task.questions]
    if not questions:
        return None
    (letter, count), *_ = Counter(question.choices[question.answer].strip() for question in questions).most_common(1)
    chance = sum(1 / len(question.choices) for question in questions) / len(questions)
    return _note(f"always {letter}", count / len(questions), chance, len(questions))


def _has_letters(task: Task) -> bool:
    return all(_LETTER.fullmatch(choice) for choice in task.questions[0].choices)


def _note(taken: str, score: float, chance: float, n: int) -> GuesserNote | None:
    noise = 0.0 if n >= ENOUGH else 2 * sqrt(chance * (1 - chance) / n)
    if score <= chance + MARGIN + noise:
        return None
    return GuesserNote(
        f"A guesser without any knowledge that takes {taken} answers {score:.0%} of"
        f" {n:,} questions (chance is {chance:.0%}).",
        hint="A score near that figure says nothing. Generate the questions again, or compare free answers"
        " (--benchmark facts).",
    )


def choices_only(model: Path, tasks: Sequence[Task]) -> float:
    """The score of a model that reads the choices without the question, per question (Balepur et al., ACL 2024)."""
    from core.evaluation.multiple_choice.local_model import LocalEvaluator

    answers: dict[str, dict[int, Loglikelihoods]] = {task.name: {} for task in tasks}
    LocalEvaluator(few_shots=0, batch_size=None, without_question=True).score(
        model, tasks, {}, lambda name, rows: answers[name].update(rows)
    )
    result = model_result("", "acc_norm", tasks, answers, {})
    return sum(sum(task.correct) for task in result.tasks.values()) / result.n
