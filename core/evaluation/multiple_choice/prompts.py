"""The texts that are scored for a task's questions, the same that lm-eval renders (0.4.13, `fewshot_context`).

Few-shot examples are user and assistant turns in a model's chat template; without one, everything is one text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.evaluation.task_rows import Question
from core.evaluation.tasks import Task

EXAMPLE_DELIMITER = "\n\n"
"""After an example, where there is no chat template."""

Render = Callable[[list[dict[str, str]]], str]
"""Applies a chat template to messages, with the beginning of the answer."""


@dataclass(frozen=True)
class Scored:
    """A question as it is scored: the log-likelihood of each continuation after the context."""

    context: str
    continuations: tuple[str, ...]


def scored_texts(task: Task, few_shots: int | None, render: Render | None) -> list[Scored]:
    """Each question's context and continuations."""
    shots = task.few_shots if few_shots is None else few_shots
    delimiter = task.target_delimiter if render is None else ""
    texts = []
    for question, examples in zip(task.questions, examples_of(task, shots), strict=True):
        context = _plain(task, question, examples) if render is None else render(_messages(task, question, examples))
        texts.append(Scored(context, tuple(f"{delimiter}{choice}" for choice in question.choices)))
    return texts


def examples_of(task: Task, shots: int) -> Iterator[Sequence[Question]]:
    """The examples before each question: the first of the task's own split for them, or of its other questions."""
    shared = task.examples[:shots]
    near = task.questions[: shots + 1]
    for question in task.questions:
        if task.examples or not shots:
            yield shared
        elif question not in near:
            yield near[:shots]
        else:
            yield [other for other in task.questions if other != question][:shots]


def messages_of(task: Task, few_shots: int | None) -> list[list[dict[str, str]]]:
    """Each question as a conversation that ends with the user's turn."""
    shots = task.few_shots if few_shots is None else few_shots
    pairs = zip(task.questions, examples_of(task, shots), strict=True)
    return [_messages(task, question, examples) for question, examples in pairs]


def _messages(task: Task, question: Question, examples: Sequence[Question]) -> list[dict[str, str]]:
    messages = [{"role": "system", "content": task.description}] if task.description else []
    for example in examples:
        messages.append({"role": "user", "content": example.prompt})
        messages.append({"role": "assistant", "content": example.choices[example.answer]})
    return [*messages, {"role": "user", "content": question.prompt}]


def _plain(task: Task, question: Question, examples: Sequence[Question]) -> str:
    shown = (
        f"{example.prompt}{task.target_delimiter}{example.choices[example.answer]}{EXAMPLE_DELIMITER}"
        for example in examples
    )
    return f"{task.description}{''.join(shown)}{question.prompt}"
