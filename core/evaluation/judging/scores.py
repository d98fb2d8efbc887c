"""A model's scores from the judgements of its answers: in all, by turn and by category, with what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from core.evaluation.judging.answers import Answer
from core.evaluation.judging.judgements import Judgement
from core.evaluation.judging.questions import Question


@dataclass(frozen=True)
class Mean:
    """The mean of some ratings; None without any."""

    score: float | None
    stderr: float | None
    """Its standard error, where the questions are the sample: the turns of one conversation are not independent."""
    n: int
    """Ratings."""

    @classmethod
    def of(cls, by_question: Iterable[Sequence[float]]) -> Mean:
        """Of each question's ratings.

        The standard error is that of a mean over clusters of unequal size. Source: Miller (2024), Adding Error Bars to
        Evals, arXiv 2411.00640, section 2.2.
        """
        clusters = [ratings for ratings in by_question if ratings]
        n = sum(map(len, clusters))
        if not n:
            return cls(None, None, 0)
        mean = sum(map(sum, clusters)) / n
        squares = sum((sum(ratings) - mean * len(ratings)) ** 2 for ratings in clusters)
        count = len(clusters)
        return cls(mean, sqrt(squares * count / (count - 1)) / n if count > 1 else 0.0, n)

    def to_data(self) -> dict[str, Any]:
        return {"score": self.score, "stderr": self.stderr, "n": self.n}


@dataclass(frozen=True)
class ModelScore:
    """One model's result on one benchmark."""

    model: str
    overall: Mean
    """Over all ratings, as in MT-Bench, and not the mean of the turns' means."""
    turns: tuple[Mean, ...]
    groups: dict[str, Mean]
    """By category, or by leaf for the questions of a taxonomy."""
    expected: int
    """Turns that were to be rated."""
    asked: int
    """Turns that were to be answered."""
    failed_answers: dict[str, int] = field(default_factory=dict)
    """Turns without an answer, by reason."""
    failed_judgements: dict[str, int] = field(default_factory=dict)
    """Answers without a rating, by reason."""
    truncated: int = 0
    """Answers that reached the token limit."""
    ratings: dict[str, dict[str, float]] = field(default_factory=dict)
    """The mean rating of each question of a group, by its id."""

    @property
    def error_rate(self) -> float:
        """The share of the turns that have no rating, for either reason."""
        return 1 - self.overall.n / self.expected if self.expected else 0.0


NOT_ASKED = "first turn failed"
"""The reason for a second turn whose first one has no answer."""


def group_of(question: Question) -> str:
    """What a question's ratings are shown under."""
    return question.leaf or question.category


def score_model(
    model: str, answers: Sequence[Answer], judgements: Sequence[Judgement], *, referenced: bool = False
) -> ModelScore:
    """The scores of a model; `referenced` counts only turns with a reference answer, as they were judged."""
    turns = max(len(answer.question.turns) for answer in answers)
    found: dict[object, dict[int, float]] = {}
    for judgement in judgements:
        if judgement.score is not None:
            found.setdefault(judgement.case.answer.question.id, {})[judgement.case.turn] = judgement.score

    def ratings(question: Question) -> Mapping[int, float]:
        return found.get(question.id, {})

    questions = [answer.question for answer in answers]
    names = list(dict.fromkeys(map(group_of, questions)))
    members = {name: [question for question in questions if group_of(question) == name] for name in names}
    groups = {name: Mean.of([*ratings(each).values()] for each in members[name]) for name in names}
    return ModelScore(
        model,
        Mean.of([*ratings(question).values()] for question in questions),
        tuple(Mean.of([ratings(each)[turn]] for each in questions if turn in ratings(each)) for turn in range(turns)),
        groups,
        sum(not referenced or bool(q.reference(turn)) for q in questions for turn in range(len(q.turns))),
        sum(len(question.turns) for question in questions),
        dict(Counter(reason for answer in answers for reason in _unanswered(answer))),
        dict(Counter(judgement.failure.reason for judgement in judgements if judgement.failure)),
        sum(sum(answer.truncated) for answer in answers),
        {
            name: {str(each.id): sum(own.values()) / len(own) for each in members[name] if (own := ratings(each))}
            for name in names
        },
    )


def _unanswered(answer: Answer) -> list[str]:
    """The reason for each turn without an answer."""
    missing = len(answer.question.turns) - len(answer.turns)
    if not missing:
        return []
    first = answer.failure.reason if answer.failure else "no answer"
    return [first, *([NOT_ASKED] * (missing - 1))]


def answer_records(answers: Sequence[Answer], judgements: Sequence[Judgement]) -> list[dict[str, Any]]:
    """Each turn with its answer, rating and the judge's words; those without an answer last. For people to read."""
    rated = [
        {
            "kind": group_of(judgement.case.answer.question),
            "question": judgement.case.answer.question.turns[judgement.case.turn],
            "answer": judgement.case.answer.turns[judgement.case.turn],
            "expected": judgement.case.answer.question.reference(judgement.case.turn),
            "score": judgement.score,
            "judgement": judgement.text or (judgement.failure.message if judgement.failure else ""),
        }
        for judgement in judgements
    ]
    failed = [
        {
            "kind": group_of(answer.question),
            "question": answer.question.turns[turn],
            "answer": "",
            "expected": answer.question.reference(turn),
            "score": None,
            "reason": answer.failure.message if answer.failure else NOT_ASKED,
        }
        for answer in answers
        for turn in range(len(answer.turns), len(answer.question.turns))
    ]
    return [*rated, *failed]
