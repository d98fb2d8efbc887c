"""Scores of checkpoints: evaluated by a benchmark, with the uncertainty of their differences."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import sqrt
from pathlib import Path
from statistics import variance

from core.evaluation.results import ModelResult
from core.training.phases.choice import independent
from core.training.phases.criteria import Benchmark
from core.training.phases.journal import ScoreRecord, now
from core.training.phases.options import CheckpointEvaluation
from core.training.phases.stages import WorkContext


def score(
    context: WorkContext,
    stage: str,
    benchmark: Benchmark,
    evaluation: CheckpointEvaluation,
    models: Sequence[Path],
    names: Sequence[str],
    folder: Path,
) -> list[ScoreRecord]:
    """The scores of models, in their order; results that are stored in `folder` are not computed again."""
    scored = {"models": tuple(models), "names": tuple(names), "output_dir": folder}
    arguments = benchmark.arguments(evaluation, scored).model_dump(mode="json")
    results = context.work(benchmark.target, arguments, stage)["results"]
    return [
        ScoreRecord(str(path), result["score"], now(), result.get("stderr"), result.get("n"), result.get("file"))
        for path, result in zip(models, results, strict=True)
    ]


def uncertainty(one: ScoreRecord, other: ScoreRecord) -> float:
    """The standard error of the difference: question by question where both results are stored."""
    first, second = answers(one), answers(other)
    if first is None or second is None or list(map(len, first)) != list(map(len, second)):
        return independent(one, other)
    return paired_stderr(first, second)


def paired_stderr(first: Sequence[Sequence[float]], second: Sequence[Sequence[float]]) -> float:
    """The standard error of the difference of two means over tasks, from the scores of the same questions."""
    pairs = zip(first, second, strict=True)
    differences = [[one - other for one, other in zip(*tasks, strict=True)] for tasks in pairs]
    return sqrt(sum(variance(task) / len(task) for task in differences if len(task) > 1)) / len(differences)


def answers(score: ScoreRecord) -> list[list[float]] | None:
    """The scores of the questions, by task; None where they are not stored.

    Free answers are one task, since their score is the share of all questions.
    """
    if score.file is None:
        return None
    try:
        result = ModelResult.from_data(json.loads(Path(score.file).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    tasks = [[float(right) for right in task.correct] for task in result.tasks.values()]
    if not tasks or not all(tasks):
        return None
    return [[value for task in tasks for value in task]] if result.metric == "facts" else tasks
