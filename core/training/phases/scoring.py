"""Scores of checkpoints: evaluated by a benchmark, with the uncertainty of their differences."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.evaluation.comparison import compare_results
from core.evaluation.results import ModelResult
from core.training.phases.choice import independent
from core.training.phases.criteria import Benchmark
from core.training.phases.journal import ScoreRecord, now
from core.training.phases.options import PhaseOptions
from core.training.phases.stages import WorkContext

MIN_CHANGED = 3
"""Fewer answers that differ between two checkpoints do so for the better, all of them, half of the time by chance."""

NORMAL_95 = 1.96
"""Half the width of a 95 % interval of the normal distribution, in standard deviations."""


def score(
    context: WorkContext,
    stage: str,
    benchmark: Benchmark,
    phase: PhaseOptions,
    models: Sequence[Path],
    names: Sequence[str],
    folder: Path,
) -> list[ScoreRecord]:
    """The scores of models, in their order; results that are stored in `folder` are not computed again."""
    scored = {"models": tuple(models), "names": tuple(names), "output_dir": folder}
    results = benchmark.scores(context, stage, phase, scored)
    return [
        ScoreRecord(str(path), result["score"], now(), result.get("stderr"), result.get("n"), result.get("file"))
        for path, result in zip(models, results, strict=True)
    ]


def uncertainty(one: ScoreRecord, other: ScoreRecord) -> float:
    """The standard error of the difference: question by question where both results are stored."""
    found = _comparison(one, other)
    return interval_stderr(found) if found else independent(one, other)


def tie_margin(one: ScoreRecord, other: ScoreRecord) -> float:
    """How far apart two checkpoints can be that are tied: the uncertainty; any difference of too few answers."""
    found = _comparison(one, other)
    if found and found["gained"] + found["lost"] < MIN_CHANGED:
        return max(abs(one.score - other.score), interval_stderr(found))
    return uncertainty(one, other)


def _comparison(one: ScoreRecord, other: ScoreRecord) -> Mapping[str, float]:
    """Of the stored answers; empty where they are not stored."""
    first, second = stored_result(one), stored_result(other)
    found = compare_results(first, second) if first and second else {}
    return found["comparison"] if found else {}


def interval_stderr(comparison: Mapping[str, float]) -> float:
    """The standard error that belongs to the 95 % interval of a comparison."""
    return (comparison["high"] - comparison["low"]) / (2 * NORMAL_95)


def stored_result(score: ScoreRecord) -> ModelResult | None:
    """A checkpoint's result with the score of each question; None where it is not stored."""
    if score.file is None:
        return None
    try:
        return ModelResult.from_data(json.loads(Path(score.file).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
