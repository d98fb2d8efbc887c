"""All scores that finished jobs have given to models, and comparisons between them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.evaluation.comparison import compare_results
from core.evaluation.results import ModelResult
from core.evaluation.statistics import Comparison
from core.jobs.observe import Observation
from core.overview.best import KINDS
from core.overview.model import Figure
from core.overview.values import figure, part, rows, text


@dataclass(frozen=True)
class KnownScore:
    """A model's score on a benchmark, as one job has measured it."""

    model: str
    """The path of its folder."""
    benchmark: str
    figure: Figure
    job: str
    ended: float
    """When that job ended, in seconds since 1970; 0 if it is not known."""
    file: str | None = None
    """The ModelResult with the scores by question."""


def known_scores(jobs: Iterable[Observation]) -> list[KnownScore]:
    """The scores of all finished jobs, in the order of the jobs."""
    return [score for job in jobs if job.status == "succeeded" for score in _scores_of(job, job.result)]


def newest_scores(scores: Iterable[KnownScore]) -> dict[str, dict[str, KnownScore]]:
    """By model and benchmark, the score that was measured last."""
    newest: dict[str, dict[str, KnownScore]] = {}
    for score in scores:
        of_model = newest.setdefault(score.model, {})
        if score.benchmark not in of_model or of_model[score.benchmark].ended < score.ended:
            of_model[score.benchmark] = score
    return newest


def compare_known(first: KnownScore, second: KnownScore) -> Comparison | None:
    """The two compared question by question; None if their questions are not known or are others."""
    before, after = read_model_result(first.file), read_model_result(second.file)
    if before is None or after is None or before.metric != after.metric:
        return None
    found = compare_results(before, after).get("comparison")
    return None if found is None else Comparison.from_data(found)


def read_model_result(file: str | None) -> ModelResult | None:
    """A stored result with its scores by question; None if it is missing or damaged."""
    if file is None:
        return None
    try:
        return ModelResult.from_data(json.loads(Path(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def benchmarks_of(scores: Iterable[Mapping[str, KnownScore]]) -> list[str]:
    """The benchmarks of any of the models, in the order in which they are first found."""
    return list(dict.fromkeys(name for of_model in scores for name in of_model))


def _scores_of(job: Observation, result: Any) -> Iterator[KnownScore]:
    ended = (job.started or 0.0) + (job.seconds or 0.0)
    for model, benchmark, found, file in _measured(job, result):
        if model and benchmark and found:
            yield KnownScore(model, benchmark, found, job.spec.id, ended, file)


def _measured(job: Observation, result: Any) -> Iterator[tuple[str | None, str | None, Figure | None, str | None]]:
    """Model, benchmark, score and result file; None where one is not recorded."""
    if job.spec.kind == "evaluate":
        models = filter(None, (text(job.spec.options, name) for name in ("base_model", "model")))
        for model, row in zip(models, rows(result, "results"), strict=False):
            yield model, text(result, "benchmark"), figure(row, questions="n"), text(row, "file")
    for phase in rows(result, "phases"):
        for row in rows(phase, "checkpoints"):
            yield text(row, "path"), text(phase, "criterion"), figure(row, questions="n"), None
    if job.spec.kind in ("run", "quickstart"):
        yield from _of_loop(job, result)


def _of_loop(job: Observation, result: Any) -> Iterator[tuple[str | None, str | None, Figure | None, None]]:
    """Base and tuned model, asked freely or with choices."""
    benchmark = text(result, "benchmark") or "all"
    tuned = text(result, "best") or text(result, "paths", "tuned")
    base = text(result, "student") or text(job.spec.options, "student")
    for model, name in ((base, "base"), (tuned, "tuned")):
        kinds = [kind for kind in KINDS if part(result, kind, name)]
        for kind in kinds:
            yield model, f"{benchmark}, {kind}", figure(part(result, kind, name)), None
        if not kinds:
            yield model, benchmark, figure(part(result, name)), None
        for kind in KINDS if benchmark != "multiple_choice" else ():
            yield model, f"multiple_choice, {kind}", figure(part(result, "multiple_choice", kind, name)), None
