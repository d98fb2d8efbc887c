"""The newest trained model, and its scores against the model that it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.jobs.observe import Observation
from core.overview.model import BestModel, Comparison, DataFiles, Figure
from core.overview.values import figure, part, rows, text

KINDS = ("plain", "free")
"""The sets of held-out questions."""

SHARES = ("mmlu", "mmlu_branch", "asked")
"""The criteria of a training whose scores are shares of questions, and not a loss or a rating."""


def best_model(jobs: Iterable[Observation]) -> BestModel | None:
    """Of the finished jobs, newest first, the first trained model that still exists; else the first evaluated one.

    The scores of a training are those by which its checkpoint was chosen; a later evaluation of the same model, which
    compares it with its base, comes first. An evaluation of another model, such as the base, does not count.
    """
    evaluated: dict[str, BestModel] = {}
    for job in jobs:
        found = model_of(job)
        if found is None or not is_model(found.path):
            continue
        if job.spec.kind != "evaluate":
            return evaluated.get(found.path, found)
        evaluated.setdefault(found.path, found)
    return next(iter(evaluated.values()), None)


def model_of(job: Observation) -> BestModel | None:
    """The model that a finished job trained or evaluated."""
    if job.status != "succeeded" or job.result is None:
        return None
    result, kind = job.result, job.spec.kind
    if kind in ("run", "quickstart"):
        return _of_loop(job, result)
    if kind == "train":
        return _of_training(job, result)
    return _of_evaluation(job, result) if kind == "evaluate" else None


def data_of(job: Observation) -> DataFiles:
    """The data that a finished job generated."""
    result = job.result if job.status == "succeeded" else None
    tasks = text(result, "tasks_dir") or text(result, "paths", "datasets")
    if tasks is None and job.spec.kind == "run" and (folder := text(result, "dir")):
        tasks = f"{folder}/datasets"
    return DataFiles(text(result, "files", "knowledge_train"), text(result, "files", "skills_train"), tasks)


def is_model(path: str) -> bool:
    """Whether a folder holds a model."""
    try:
        return (Path(path) / "config.json").is_file()
    except (OSError, ValueError):
        return False


def _of_loop(job: Observation, result: Any) -> BestModel | None:
    path = text(result, "best") or text(result, "paths", "tuned")
    if path is None:
        return None
    base = text(result, "student") or text(job.spec.options, "student")
    return BestModel(path, job.spec.id, tuple(_comparisons(result)), base)


def _of_training(job: Observation, result: Any) -> BestModel | None:
    checkpoints = rows(result, "checkpoints")
    path = text(result, "best") or (text(checkpoints[-1], "path") if checkpoints else None)
    if path is None:
        return None
    base = text(job.spec.options, "phases", "model_path") or text(job.spec.options, "train", "model_path")
    benchmark = text(result, "criterion") or "mmlu_branch"
    chosen = figure(result, questions="n") if benchmark in SHARES else None
    return BestModel(path, job.spec.id, (Comparison(benchmark, chosen),) if chosen else (), base)


def _comparisons(result: Any) -> Iterator[Comparison]:
    """The scores of a run: free answers of both kinds, else all questions together."""
    found = False
    for kind in KINDS:
        tuned = figure(part(result, kind, "tuned"))
        if tuned is not None:
            found = True
            yield Comparison(kind, tuned, figure(part(result, kind, "base")))
    tuned = figure(part(result, "tuned"))
    if tuned is not None and not found:
        yield Comparison(text(result, "benchmark") or "all", tuned, figure(part(result, "base")))
    yield from _multiple_choice(result)


def _multiple_choice(result: Any) -> Iterator[Comparison]:
    """The same questions with four answers each, which a guesser gets right, too."""
    for kind in (*KINDS, "all"):
        scores = part(result, "multiple_choice", kind)
        tuned, guesser = figure(part(scores, "tuned")), figure(part(scores, "guesser"))
        if tuned is not None and guesser is not None:
            yield Comparison(f"{kind}, 4 choices", tuned, figure(part(scores, "base")), guesser)


def _of_evaluation(job: Observation, result: Any) -> BestModel | None:
    path, base = text(job.spec.options, "model"), text(job.spec.options, "base_model")
    models = rows(result, "results")
    if path is None or not models:
        return None
    tuned: Figure | None = figure(models[-1], questions="n")
    before = figure(models[0], questions="n") if len(models) > 1 else None
    kind = text(result, "benchmark") or "all"
    return BestModel(path, job.spec.id, (Comparison(kind, tuned, before),) if tuned else (), base)
