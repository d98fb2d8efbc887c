"""Results of models, and their files: one per model, written when it is done, so that a run can be resumed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from core.evaluation.statistics import (
    Bounds,
    mean_and_stderr,
    mean_interval,
    mean_of_tasks,
    share_interval,
    share_stderr,
)
from core.files import write_atomic
from core.models.digest import known_model_digest

Metric = Literal["acc_norm", "acc", "facts", "rating", "loss"]
"""`acc_norm` takes the answer with the highest log-likelihood per character, `acc` with the highest log-likelihood;
`facts` looks for facts in free answers; `rating` is a judge's; `loss` is the mean over tokens, of
which less is better."""

Loglikelihoods = tuple[float | None, ...]
"""The natural log-likelihood of each choice; None where the model gives NaN or infinity."""

SHARES: tuple[Metric, ...] = ("acc_norm", "acc", "facts")
"""Metrics whose scores are shares of right answers."""

VERSION = 4
"""Version of the result files and of the computation; increase it when a score or its error may change."""


@dataclass(frozen=True)
class TaskResult:
    """Of one task. What is by question is in the task's order, and only in result files."""

    score: float
    """0 to 1, or to the top of the judge's scale."""
    stderr: float
    n: int
    """Questions with a score."""
    correct: tuple[bool, ...] = ()
    loglikelihoods: tuple[Loglikelihoods, ...] = ()
    ratings: tuple[float | None, ...] = ()
    """A judge's, by question; None without a valid one. With the metric `loss` the parts of samples, whose mean is the
    loss."""
    ids: tuple[str, ...] = ()
    """Of the questions, where two models may have been asked different ones."""

    @property
    def by_question(self) -> tuple[float | None, ...]:
        """The score of each question."""
        return self.ratings or tuple(map(float, self.correct))

    @property
    def share_interval(self) -> Bounds:
        """The 95 % interval of a score that is a share of right answers."""
        return share_interval(round(self.score * self.n), self.n)

    @classmethod
    def of(cls, correct: Sequence[bool], loglikelihoods: Sequence[Loglikelihoods]) -> TaskResult:
        right, n = sum(correct), len(correct)
        return cls(right / n, share_stderr(right, n), n, tuple(correct), tuple(loglikelihoods))

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TaskResult:
        """The result from JSON. Raises ValueError, or what Python raises for other types, where it is damaged."""
        found = cls(
            score=float(data["score"]),
            stderr=float(data["stderr"]),
            n=int(data["n"]),
            correct=tuple(map(bool, data.get("correct", ()))),
            loglikelihoods=tuple(tuple(row) for row in data.get("loglikelihoods", ())),
            ratings=tuple(map(_rating, data.get("ratings", ()))),
            ids=tuple(map(str, data.get("ids", ()))),
        )
        if found.ids and len(found.ids) != len(found.by_question):
            raise ValueError("not one id for each question")
        return found

    @classmethod
    def rated(cls, ratings: Sequence[float | None], ids: Sequence[str] = ()) -> TaskResult:
        """The mean of a judge's valid ratings, of which there must be one."""
        valid = [rating for rating in ratings if rating is not None]
        score, stderr = mean_and_stderr(valid)
        return cls(score, stderr, len(valid), ratings=tuple(ratings), ids=tuple(ids))


def _rating(value: Any) -> float | None:
    """A stored rating; None where a model that has diverged gives NaN."""
    rating = None if value is None else float(value)
    return None if rating is None or not isfinite(rating) else rating


@dataclass(frozen=True)
class ModelResult:
    model: str
    metric: Metric
    score: float
    """The unweighted mean over the tasks, or with the metrics `facts` and `rating` the mean over all questions."""
    stderr: float
    n: int
    """Questions in all."""
    tasks: dict[str, TaskResult] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    """JSON values that a benchmark adds, such as the evaluator's version or the rate of errors."""

    @classmethod
    def of(cls, model: str, metric: Metric, tasks: dict[str, TaskResult]) -> ModelResult:
        score, stderr = mean_of_tasks([task.score for task in tasks.values()], [task.stderr for task in tasks.values()])
        return cls(model, metric, score, stderr, sum(task.n for task in tasks.values()), tasks)

    @property
    def interval(self) -> Bounds | None:
        """The 95 % interval of a score that is a share of right answers, or a mean of such shares."""
        if self.metric not in SHARES or not self.n:
            return None
        if self.metric == "facts" or not self.tasks:
            return share_interval(round(self.score * self.n), self.n)
        tasks = self.tasks.values()
        return mean_interval([task.score for task in tasks], [task.share_interval for task in tasks])

    def summary(self) -> dict[str, Any]:
        """The result without the details of each question; shares have the bounds of their 95 % interval."""
        tasks = {
            name: {
                "score": task.score,
                "stderr": task.stderr,
                **(_bounds(task.share_interval) if self.metric in SHARES else {}),
                "n": task.n,
            }
            for name, task in self.tasks.items()
        }
        return {
            "model": self.model,
            "metric": self.metric,
            "score": self.score,
            "stderr": self.stderr,
            **_bounds(self.interval),
            "n": self.n,
            "tasks": tasks,
            **({"details": self.details} if self.details else {}),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> ModelResult:
        """The result from a summary or a result file's record."""
        tasks = {name: TaskResult.from_data(task) for name, task in data["tasks"].items()}
        score, stderr, n = float(data["score"]), float(data["stderr"]), int(data["n"])
        return cls(data["model"], data["metric"], score, stderr, n, tasks, dict(data.get("details") or {}))


def _bounds(interval: Bounds | None) -> dict[str, float]:
    return {} if interval is None else {"low": interval[0], "high": interval[1]}


def fingerprint(model: bytes, *settings: object) -> str:
    """A hash of everything that a score depends on: the model's digest, and the settings.

    Settings are JSON values: questions, metric and parameters.
    """
    record = [VERSION, model.hex(), *settings]
    return sha256(json.dumps(record, ensure_ascii=False).encode()).hexdigest()[:16]


def digest_of(model: Path, output_dir: Path) -> bytes:
    """The digest of a model folder's content; those of unchanged files are remembered in the output folder."""
    return known_model_digest(model, output_dir / ".digests")


def result_file(folder: Path, name: str, key: str) -> Path:
    """The file of a model's result; the name is for users, the key identifies it."""
    return folder / f"{result_slug(name)}-{key}.json"


def result_slug(name: str) -> str:
    """A model's name or path as a part of a file's name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name)[:60].strip("-.") or "model"


def write_result(file: Path, key: str, result: ModelResult, **details: object) -> None:
    """Store a result and further details, durably."""
    write_atomic(file, json.dumps({"key": key, **asdict(result), **details}, ensure_ascii=False), sync=True)


def read_result(file: Path, key: str) -> ModelResult | None:
    """A stored result; None when it is missing or invalid."""
    found = read_record(file)
    return found[1] if found and found[0].get("key") == key else None


def read_record(file: Path) -> tuple[dict[str, Any], ModelResult] | None:
    """A result file's record and the result in it; None when it is missing or damaged."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return record, ModelResult.from_data(record)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return None
