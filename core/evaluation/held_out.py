"""Held-out questions, which are never trained on: reading them, and checking training data.

A file `questions.yaml` next to a leaf holds `about` and two lists of `{question, answer, terms}`: `plain` questions
share words with the sentence that answers them, `free` ones use other words. `terms` are required in a free answer
(`core.evaluation.facts`): a term, a list of terms that all have to occur, and in it lists of variants, one of which is
enough. They are optional where the questions are only used as multiple choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from core.errors import LabtopError
from core.sdg.datasets.alike import ALIKE, NearTexts
from core.yaml_files import load_yaml

Terms = tuple[tuple[str, ...], ...]
"""Groups of variants: an answer needs one variant of every group."""

KINDS = ("plain", "free")


@dataclass(frozen=True)
class QuestionAnswer:
    question: str
    answer: str
    terms: Terms = ()


@dataclass(frozen=True)
class HeldOut:
    """The questions of one leaf."""

    about: str
    plain: tuple[QuestionAnswer, ...]
    free: tuple[QuestionAnswer, ...] = ()

    def sets(self) -> dict[str, tuple[QuestionAnswer, ...]]:
        """The plain and the free questions, by kind, without empty kinds."""
        return {kind: pairs for kind, pairs in (("plain", self.plain), ("free", self.free)) if pairs}


@dataclass(frozen=True)
class SimilarText:
    """A held-out question and a similar text in the training data."""

    question: str
    found: str
    ratio: float
    """1 for the same words, else difflib's ratio."""


def read_held_out(file: Path) -> HeldOut:
    """Read a `questions.yaml`. Raises LabtopError that names the file and what is wrong."""
    try:
        data = load_yaml(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LabtopError(
            f"{file} cannot be read: {error.strerror}.", hint="Pass a readable file of questions."
        ) from error
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise LabtopError(f"{file}{line}: {error.problem}.", hint="Correct the YAML.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise LabtopError(f"{file} is not YAML.", hint="Write the questions as docs/facts.md describes.") from error
    if not isinstance(data, dict):
        raise LabtopError(
            f"{file}, line 1: held-out questions are a mapping of about, plain and free.",
            hint="List the questions under `plain:`, each with question, answer and terms.",
        )
    for name in data:
        if name not in ("about", *KINDS):
            raise LabtopError(f"{file}: {name!r} is an unknown key.", hint="The keys are about, plain and free.")
    return HeldOut(str(data.get("about", "")), _pairs(data, "plain", file), _pairs(data, "free", file))


def _pairs(data: Mapping[str, Any], kind: str, file: Path) -> tuple[QuestionAnswer, ...]:
    entries = data.get(kind) or []
    return tuple(
        _pair(entry, f"{file}: entry {number} of {kind}")
        for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1)
    )


def _pair(entry: object, place: str) -> QuestionAnswer:
    fields = entry if isinstance(entry, dict) else {}
    question, answer = (fields.get(name) for name in ("question", "answer"))
    if not (isinstance(question, str) and isinstance(answer, str) and question.strip() and answer.strip()):
        raise LabtopError(
            f"{place} needs a question and an answer.", hint="Both are text; put numbers, yes and no into quotes."
        )
    for name in fields:
        if name not in ("question", "answer", "terms"):
            raise LabtopError(f"{place}: {name!r} is an unknown key.", hint="The keys are question, answer and terms.")
    return QuestionAnswer(question.strip(), answer.strip(), _terms(fields.get("terms"), place))


def _terms(value: object, place: str) -> Terms:
    groups = [] if value is None else value if isinstance(value, list) else [value]
    return tuple(_variants(group, place) for group in groups)


def _variants(group: object, place: str) -> tuple[str, ...]:
    variants = group if isinstance(group, list) else [group]
    for variant in variants:
        if isinstance(variant, bool) or not isinstance(variant, str | int | float):
            raise LabtopError(
                f"{place}: {variant!r} is not a term.",
                hint="Terms are words or numbers, in at most two levels of lists; put yes, no and dates into quotes.",
            )
    if not variants:
        raise LabtopError(f"{place}: one of its lists of terms is empty.", hint="Delete the list, or fill it.")
    return tuple(str(variant) for variant in variants)


def find_similar(
    questions: Iterable[str], training_rows: Iterable[Mapping[str, Any]], ratio: float = ALIKE
) -> list[SimilarText]:
    """The questions that occur in training rows (`messages`, each with `content`), verbatim or `ratio` similar.

    Every message is searched for a question, and each of its lines and sentences is compared with it.
    """
    messages = dict.fromkeys(_normal(text) for row in training_rows for text in _contents(row))
    pieces = NearTexts((piece for message in messages for piece in _pieces(message)), ratio)
    everything = "\0".join(messages)
    found = []
    for question in questions:
        text = _normal(question)
        if text in everything:
            found.append(SimilarText(question, question, 1.0))
        elif nearest := pieces.nearest(text):
            found.append(SimilarText(question, nearest[1], nearest[0]))
    return found


def _contents(row: Mapping[str, Any]) -> Iterator[str]:
    for message in row.get("messages", ()):
        if isinstance(message, Mapping) and isinstance(message.get("content"), str):
            yield message["content"]


def _normal(text: str) -> str:
    """Text without case and repeated spaces; lines are kept, since they separate a document from its question."""
    return "\n".join(" ".join(line.split()) for line in text.casefold().splitlines() if line.strip())


def _pieces(message: str) -> Iterator[str]:
    for line in message.splitlines():
        yield line
        yield from re.split(r"(?<=[.?!]) ", line)
