"""Questions for the benchmark `facts`, made from multiple-choice tasks whose right answer states a number or a name.

The terms of a question are the numbers, else the names, of its right answer that the question does not contain. A
question without any is left out: no other words of an answer are certain to be needed in a right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import yaml

from core.evaluation.facts import contains
from core.evaluation.held_out import HeldOut, QuestionAnswer, Terms
from core.evaluation.tasks import Task
from core.evaluation.words import words
from core.files import write_atomic

MIN_QUESTIONS = 10
"""Fewer questions cannot tell checkpoints apart."""

ONE = "1"
"""As a word it is rarely a fact: "about one project out of five"."""

NAME = re.compile(r"(?<![.!?:] )(?<!^)\b[^\W\d_a-z][\w'’-]+")
"""A capitalised word that does not begin a sentence."""


def facts_of_tasks(tasks: Iterable[Task], limit: int | None = None) -> HeldOut:
    """The questions of the tasks that can be asked freely, at most `limit` of each task."""
    pairs: list[QuestionAnswer] = []
    for task in tasks:
        asked = (_pair(question.prompt, question.choices[question.answer]) for question in task.questions)
        pairs += [pair for pair in asked if pair is not None][:limit]
    return HeldOut("Questions of the tasks of a data generation.", tuple(dict.fromkeys(pairs)))


def _pair(question: str, answer: str) -> QuestionAnswer | None:
    asked = {word.text for word in words(question)}
    numbers = [word.text for word in words(answer) if word.text[0].isdigit() and word.text not in asked | {ONE}]
    names = [name for name in NAME.findall(answer) if not {word.text for word in words(name)} & asked]
    terms: Terms = tuple((term,) for term in dict.fromkeys(numbers or names))
    pair = QuestionAnswer(question, answer, terms)
    return pair if terms and contains(answer, terms) else None


def write_facts(file: Path, questions: HeldOut) -> None:
    """Write questions in the format of docs/facts.md."""
    file.parent.mkdir(parents=True, exist_ok=True)
    plain = [
        {"question": pair.question, "answer": pair.answer, "terms": [list(group) for group in pair.terms]}
        for pair in questions.plain
    ]
    write_atomic(file, yaml.safe_dump({"about": questions.about, "plain": plain}, allow_unicode=True, sort_keys=False))
