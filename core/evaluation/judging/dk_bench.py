"""DK-Bench: a user's own questions with reference answers, and its result files.

A line of the questions' file is `{user_input, reference}`, or `{user_input, reference, response}` for an answer that
is to be rated as it is. Source: InstructLab's design document on DK-Bench.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.errors import LabtopError
from core.evaluation.judging.judgements import Judgement
from core.evaluation.judging.questions import Question
from core.evaluation.results import result_slug
from core.files import atomic_file
from core.sdg.datasets.jsonl import numbered_lines

DK = "dk_bench"
"""The category of the questions."""

MAX_DK_TOKENS = 768
"""InstructLab's limit of an answer's length."""

FORMAT = 'A line is like {"user_input": "…", "reference": "…"}.'

COLUMNS = ("user_input", "reference", "response", "score", "reason")


def dk_questions(file: Path) -> tuple[Question, ...]:
    """The questions of a file. Raises LabtopError that names the line and what is missing."""
    found = []
    for number, row in numbered_lines(file):
        for name in ("user_input", "reference"):
            if not isinstance(row.get(name), str) or not row[name].strip():
                raise LabtopError(f"{file}, line {number}: {name} is missing or empty.", hint=FORMAT)
        response = row.get("response")
        if response is not None and not isinstance(response, str):
            raise LabtopError(f"{file}, line {number}: response is not a text.", hint=FORMAT)
        found.append(Question(number, DK, (row["user_input"],), (row["reference"],), response=response or ""))
    if not found:
        raise LabtopError(f"{file} contains no questions.", hint=FORMAT)
    return tuple(found)


def write_dk_results(
    output_dir: Path, model: str, judgements: Sequence[Judgement], formats: Sequence[str]
) -> list[Path]:
    """Write each question with its answer and rating, as `<model>/results_<time>.<format>`."""
    folder = output_dir / result_slug(model)
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"results_{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
    rows = [_row(judgement) for judgement in judgements]
    written = []
    for name in formats:
        file = folder / f"{stem}.{name}"
        with atomic_file(file, sync=True, single_writer=True) as stream:
            if name == "csv":
                writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
            else:
                stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        written.append(file)
    return written


def _row(judgement: Judgement) -> dict[str, object]:
    answer = judgement.case.answer
    return {
        "user_input": answer.question.turns[0],
        "reference": answer.question.reference(0),
        "response": answer.turns[0],
        "score": judgement.score,
        "reason": judgement.text or (judgement.failure.message if judgement.failure else ""),
    }
