"""The questions of a task file's rows, with the field semantics of lm-eval.

Prompts are rendered in a sandbox, with limits of time and memory, since task files may be untrusted.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.errors import LabtopError
from core.sdg.pipeline.bounded import bounded

CHOICES = 4
"""Answers to choose from; a random guess scores a quarter."""

EQUAL_CHOICES = "equal_choices"
"""`metadata: {equal_choices: kept}` in a task file: equal choices belong to a published data set."""

QUOTED = 60
"""Characters of a question in a message."""

_templates = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)


@dataclass(frozen=True)
class Question:
    """One question with its prompt as the user's turn, the answers to choose from and the index of the right one."""

    prompt: str
    choices: tuple[str, ...]
    answer: int


def question_reader(config: Mapping[str, Any], file: Path) -> Callable[[dict[str, Any], str], Question]:
    """The function that converts a task's rows to questions."""
    text = _field(config.get("doc_to_text", "{{question}}"), file)
    choices = _field(config.get("doc_to_choice", "choices"), file)
    target = _field(config.get("doc_to_target", "answer"), file)
    metadata = config.get("metadata")
    keeps_equal = isinstance(metadata, Mapping) and metadata.get(EQUAL_CHOICES) == "kept"

    def read(row: dict[str, Any], where: str) -> Question:
        try:
            with bounded():
                offered, answer, prompt = choices(row), target(row), str(text(row))
                if isinstance(offered, str):
                    offered = ast.literal_eval(offered)
                if isinstance(answer, str) and answer.isdecimal():
                    answer = int(answer)
        except Exception as error:  # filters and functions of templates raise errors of any kind
            raise LabtopError(f"{where}: this row does not fit {file.name}: {error}.") from error
        question = question_of(prompt, offered, answer, where)
        listed = row.get("choices")
        if isinstance(listed, list) and not keeps_equal:  # of letters, this is what the model reads
            _check_different([str(choice) for choice in listed], prompt, where)
        return question

    return read


def _field(source: object, file: Path) -> Callable[[dict[str, Any]], object]:
    """A field with lm-eval's semantics: a value, the name of a column, or a template."""
    if not isinstance(source, str):
        return lambda row: source
    try:
        template = _templates.from_string(source)
    except TemplateError as error:
        raise LabtopError(f"{file}: one of its templates is invalid: {error}.") from error
    return lambda row: row[source] if source in row else template.render(**row)


def question_of(prompt: str, choices: object, answer: object, where: str) -> Question:
    if not isinstance(choices, list | tuple) or len(choices) != CHOICES:
        count = len(choices) if isinstance(choices, list | tuple) else "no"
        raise LabtopError(f"{where}: the question has {count} choices; it needs {CHOICES}.")
    texts = tuple(text_of(choice, where) for choice in choices)
    if isinstance(answer, str) and answer in texts:
        answer = texts.index(answer)
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < CHOICES:
        raise LabtopError(
            f"{where}: the right answer is given as {answer!r}; it needs a number from 0 to {CHOICES - 1}."
        )
    _check_different(texts, prompt, where)
    return Question(_checked(prompt, where), texts, answer)


def _check_different(choices: Sequence[str], prompt: str, where: str) -> None:
    """Of equal choices, none can be the right one alone."""
    places: dict[str, list[str]] = {}
    for letter, choice in zip(ascii_uppercase, choices, strict=False):
        places.setdefault(" ".join(choice.split()), []).append(letter)
    for text, letters in places.items():
        if len(letters) > 1:
            same = f"{', '.join(letters[:-1])} and {letters[-1]}"
            question = _shortened(prompt.strip().partition("\n")[0])
            raise LabtopError(
                f"{where}: the choices {same} of the question {question!r} are the same: {_shortened(text)}",
                hint="Give each choice another text, or delete the question.",
            )


def _shortened(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}…"


def text_of(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise LabtopError(f"{where}: a question or an answer is empty or not text.")
    return _checked(value, where)


def _checked(text: str, where: str) -> str:
    """The text; JSON can carry an unpaired surrogate, which no tokenizer accepts."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise LabtopError(f"{where}: a question or an answer contains an unpaired surrogate.") from None
    return text
