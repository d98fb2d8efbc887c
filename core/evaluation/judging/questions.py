"""Questions of judged benchmarks, in MT-Bench's file formats.

`question.jsonl` has lines of `{question_id, category, turns: [text, …]}`, optionally with `reference: [text, …]` and
`required_temperature`. Reference answers may also be in a folder `reference_answer` next to it, in files of the format
of answers: `{question_id, choices: [{turns: [text, …]}]}`. Source: FastChat, fastchat/llm_judge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.sdg.datasets.jsonl import numbered_lines

TAXONOMY = "taxonomy"
"""The category of questions from a taxonomy."""

TEMPERATURES: Mapping[str, float] = {
    "writing": 0.7,
    "roleplay": 0.7,
    "extraction": 0.0,
    "math": 0.0,
    "coding": 0.0,
    "reasoning": 0.0,
    "stem": 0.1,
    "humanities": 0.1,
    TAXONOMY: 0.0,
}
"""MT-Bench's sampling temperatures by category. Taxonomy questions are answered greedily, so that a comparison of two
branches is not noise."""

OTHER_TEMPERATURE = 0.7
"""For categories that MT-Bench does not have."""

MAX_TURNS = 2

FORMAT = 'A line is like {"question_id": 1, "category": "writing", "turns": ["…", "…"]}.'


@dataclass(frozen=True)
class Question:
    """One conversation: the user's turns, and what is known of good answers."""

    id: int | str
    category: str
    turns: tuple[str, ...]
    references: tuple[str, ...] = ()
    """A reference answer to each turn; none if empty."""
    required_temperature: float | None = None
    leaf: str = ""
    """The leaf's file that the question is from, below the taxonomy."""
    response: str = ""
    """An answer to rate that needs no model; empty for none."""

    @property
    def temperature(self) -> float:
        if self.required_temperature is not None:
            return self.required_temperature
        return TEMPERATURES.get(self.category, OTHER_TEMPERATURE)

    def reference(self, turn: int) -> str:
        """The reference answer to a turn, counted from 0; empty without one."""
        return self.references[turn] if turn < len(self.references) else ""

    def to_data(self) -> dict[str, Any]:
        """The line of `question.jsonl`."""
        return {
            "question_id": self.id,
            "category": self.category,
            "turns": list(self.turns),
            **({"reference": list(self.references)} if self.references else {}),
            **({} if self.required_temperature is None else {"required_temperature": self.required_temperature}),
            **{name: value for name in ("leaf", "response") if (value := getattr(self, name))},
        }


def own_questions() -> tuple[Question, ...]:
    """labtop's own 80 questions in MT-Bench's eight categories."""
    with as_file(files("profiles").joinpath("judging", "question.jsonl")) as file:
        return read_questions(file)


def read_questions(file: Path) -> tuple[Question, ...]:
    """The questions of a file. Raises LabtopError that names the line and what is wrong."""
    known: dict[str, Question] = {}
    for number, row in numbered_lines(file):
        question = _question(row, f"{file}, line {number}")
        if str(question.id) in known:  # result files and ratings have ids as texts, so 1 and "1" are the same
            raise LabtopError(
                f"{file}, line {number}: the question_id {question.id} occurs twice.", hint="Number the questions."
            )
        known[str(question.id)] = question
    if not known:
        raise LabtopError(f"{file} contains no questions.", hint=FORMAT)
    return _with_references(tuple(known.values()), file.parent / "reference_answer")


def _question(row: Mapping[str, Any], place: str) -> Question:
    identity, turns = row.get("question_id"), row.get("turns")
    if isinstance(identity, bool) or not isinstance(identity, int | str):
        raise LabtopError(f"{place}: the question has no question_id.", hint=FORMAT)
    temperature = row.get("required_temperature")
    if temperature is not None and (not isinstance(temperature, int | float) or not 0 <= temperature <= 2):
        raise LabtopError(f"{place}: required_temperature is not a number from 0 to 2.")
    references = row.get("reference") or ()
    return Question(
        identity,
        str(row.get("category") or "other"),
        _texts(turns, f"{place}: turns"),
        _texts(references, f"{place}: reference") if references else (),
        None if temperature is None else float(temperature),
        str(row.get("leaf") or ""),
        str(row.get("response") or ""),
    )


def _texts(value: object, place: str) -> tuple[str, ...]:
    texts = value if isinstance(value, list) else []
    if not 1 <= len(texts) <= MAX_TURNS or not all(isinstance(text, str) and text.strip() for text in texts):
        raise LabtopError(f"{place} is not a list of one or two texts.", hint=FORMAT)
    return tuple(texts)


def _with_references(questions: Sequence[Question], folder: Path) -> tuple[Question, ...]:
    """The questions with the answers of the folder, where they have none themselves."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted(folder.glob("*.jsonl")) if folder.is_dir() else ():
        for number, row in numbered_lines(file):
            try:
                turns = row["choices"][0]["turns"]
            except (LookupError, TypeError):
                turns = None
            found.setdefault(str(row.get("question_id")), _texts(turns, f"{file}, line {number}: turns"))
    return tuple(
        question if question.references else replace(question, references=found.get(str(question.id), ()))
        for question in questions
    )
