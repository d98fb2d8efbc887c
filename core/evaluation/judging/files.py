"""MT-Bench's files: questions, answers and judgements, as FastChat and InstructLab write and read them.

    <output>/question.jsonl
    <output>/reference_answer/reference.jsonl
    <output>/model_answer/<model>.jsonl       {question_id, answer_id, model_id, choices: [{index, turns}], tstamp}
    <output>/model_judgment/<judge>_single.jsonl
                                              {question_id, model, judge: [name, prompt], user_prompt, judgment, score,
                                               turn, tstamp}

A judgement without a rating has the score -1. Answers with a turn missing are in `model_answer_failed`, since other
tools expect all turns. Models whose folders have the same name have different names here.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.evaluation.answered import answer_key
from core.evaluation.judging.answers import Answer
from core.evaluation.judging.judgements import Judgement
from core.evaluation.judging.questions import Question
from core.evaluation.results import result_slug
from core.sdg.datasets.jsonl import read_lines, write_lines

UNRATED = -1
"""The score of a judgement without a rating."""

DIGEST_LETTERS = 8
"""Of a model's digest, in the names of its files."""

REFERENCE = "reference"
"""The name of the author of the reference answers."""


def file_name(model: str, identity: str) -> str:
    """A name for a model's files: that of its folder, and a part of its digest."""
    return f"{result_slug(model)}-{answer_key(identity)[:DIGEST_LETTERS]}"


def write_questions(folder: Path, questions: Sequence[Question]) -> Path:
    """Write the questions, and their reference answers in MT-Bench's own file."""
    file = folder / "question.jsonl"
    write_lines(file, (question.to_data() for question in questions))
    references = folder / "reference_answer" / f"{REFERENCE}.jsonl"
    referenced = [question for question in questions if question.references]
    if referenced:
        references.parent.mkdir(parents=True, exist_ok=True)
        write_lines(references, (_answer_row(REFERENCE, each.id, each.references) for each in referenced))
    return file


def write_answers(folder: Path, name: str, answers: Sequence[Answer]) -> Path:
    """Write a model's answers, by question."""
    file = folder / "model_answer" / f"{name}.jsonl"
    failed = folder / "model_answer_failed" / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    write_lines(file, (_answer_row(name, each.question.id, each.turns) for each in answers if each.complete))
    if incomplete := [answer for answer in answers if not answer.complete]:
        failed.parent.mkdir(parents=True, exist_ok=True)
        write_lines(failed, (_failed_row(name, answer) for answer in incomplete))
    else:
        failed.unlink(missing_ok=True)
    return file


def write_judgements(folder: Path, judge: str, judged: Sequence[tuple[str, Judgement]]) -> Path:
    """Write judgements with their models' names; those of other models in the judge's file are kept."""
    file = folder / "model_judgment" / f"{result_slug(judge)}_single.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    models = {name for name, _ in judged}
    kept: list[dict[str, Any]] = []
    with suppress(LabtopError):  # a damaged file is replaced
        kept = [row for row in read_lines(file) if row.get("model") not in models] if file.exists() else []
    write_lines(file, [*kept, *(_judgement_row(judge, name, judgement) for name, judgement in judged)])
    return file


def _answer_row(model: str, question: int | str, turns: Iterable[str]) -> dict[str, Any]:
    texts = list(turns)
    return {
        "question_id": question,
        "answer_id": uuid.uuid5(uuid.NAMESPACE_OID, "\0".join([model, str(question), *texts])).hex,
        "model_id": model,
        "choices": [{"index": 0, "turns": texts}],
        "tstamp": time.time(),
    }


def _failed_row(model: str, answer: Answer) -> dict[str, Any]:
    failure = answer.failure
    return {
        **_answer_row(model, answer.question.id, answer.turns),
        "failed_turn": len(answer.turns) + 1,
        "reason": failure.reason if failure else "no answer",
        "message": failure.message if failure else "",
    }


def _judgement_row(judge: str, model: str, judgement: Judgement) -> dict[str, Any]:
    case = judgement.case
    return {
        "question_id": case.answer.question.id,
        "model": model,
        "judge": [judge, case.prompt.name],
        "user_prompt": case.prompt.user,
        "judgment": judgement.text or (judgement.failure.message if judgement.failure else ""),
        "score": UNRATED if judgement.score is None else judgement.score,
        "turn": case.turn + 1,
        "tstamp": time.time(),
        **({"reason": judgement.failure.reason} if judgement.failure else {}),
    }
