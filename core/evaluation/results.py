"""Results of models, and their files: one per model, written when it is done, so that a run can be resumed."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from core.evaluation.statistics import binomial_stderr, mean_of_tasks
from core.files import write_atomic

Metric = Literal["acc_norm", "acc", "facts"]
"""`acc_norm` takes the answer with the highest log-likelihood per character, `acc` with the highest log-likelihood;
`facts` judges free answers."""

Loglikelihoods = tuple[float | None, ...]
"""The natural log-likelihood of each choice; None where the model gives NaN or infinity."""

VERSION = 1
"""Version of the result files and of the computation; increase it when a score may change."""


@dataclass(frozen=True)
class TaskResult:
    score: float
    """0 to 1."""
    stderr: float
    n: int
    correct: tuple[bool, ...] = ()
    """By question, in the task's order; not in events."""
    loglikelihoods: tuple[Loglikelihoods, ...] = ()
    """By question; not in events."""

    @classmethod
    def of(cls, correct: Sequence[bool], loglikelihoods: Sequence[Loglikelihoods]) -> TaskResult:
        right, n = sum(correct), len(correct)
        return cls(right / n, binomial_stderr(right, n), n, tuple(correct), tuple(loglikelihoods))


@dataclass(frozen=True)
class ModelResult:
    model: str
    metric: Metric
    score: float
    """0 to 1: the unweighted mean over the tasks, or with the metric `facts` the share of all questions."""
    stderr: float
    n: int
    """Questions in all."""
    tasks: dict[str, TaskResult] = field(default_factory=dict)

    @classmethod
    def of(cls, model: str, metric: Metric, tasks: dict[str, TaskResult]) -> ModelResult:
        score, stderr = mean_of_tasks([task.score for task in tasks.values()], [task.stderr for task in tasks.values()])
        return cls(model, metric, score, stderr, sum(task.n for task in tasks.values()), tasks)

    def summary(self) -> dict[str, Any]:
        """The result without the details of each question."""
        return {
            "model": self.model,
            "metric": self.metric,
            "score": self.score,
            "stderr": self.stderr,
            "n": self.n,
            "tasks": {
                name: {"score": task.score, "stderr": task.stderr, "n": task.n} for name, task in self.tasks.items()
            },
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> ModelResult:
        """The result from a summary or a result file's record."""
        tasks = {
            name: TaskResult(
                score=float(task["score"]),
                stderr=float(task["stderr"]),
                n=int(task["n"]),
                correct=tuple(map(bool, task.get("correct", ()))),
                loglikelihoods=tuple(tuple(row) for row in task.get("loglikelihoods", ())),
            )
            for name, task in data["tasks"].items()
        }
        return cls(data["model"], data["metric"], float(data["score"]), float(data["stderr"]), int(data["n"]), tasks)


def fingerprint(model: Path, *settings: object) -> str:
    """A hash of everything that a score depends on: the model's files by name, size and time, and the settings.

    Settings are JSON values: questions, metric and parameters.
    """
    files = [
        [file.name, stat.st_size, stat.st_mtime_ns]
        for file in sorted(model.iterdir())
        if file.is_file() and not file.name.startswith(".") and (stat := file.stat())
    ]
    record = [VERSION, str(model.resolve()), files, *settings]
    return sha256(json.dumps(record, ensure_ascii=False).encode()).hexdigest()[:16]


def result_file(folder: Path, name: str, key: str) -> Path:
    """The file of a model's result; the name is for users, the key identifies it."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).name)[:60].strip("-.") or "model"
    return folder / f"{slug}-{key}.json"


def write_result(file: Path, key: str, result: ModelResult, **details: object) -> None:
    """Store a result and further details, durably."""
    write_atomic(file, json.dumps({"key": key, **asdict(result), **details}, ensure_ascii=False), sync=True)


def read_result(file: Path, key: str) -> ModelResult | None:
    """A stored result; None when it is missing or invalid."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        return ModelResult.from_data(record) if record["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
