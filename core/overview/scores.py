"""All scores that finished jobs have given to models, and comparisons between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.evaluation.benchmarks import BENCHMARKS
from core.evaluation.comparison import compare_results
from core.evaluation.results import ModelResult, read_record
from core.evaluation.statistics import Comparison
from core.jobs.observe import Observation
from core.overview.best import KINDS
from core.overview.model import Figure
from core.overview.values import figure, part, rows, text

LOSS = "validation_loss"
"""The only benchmark of which less is better."""


CLOCK_TOLERANCE = 2.0
"""Seconds by which a file system's clock may differ."""


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
    tasks: tuple[tuple[str, Figure], ...] = ()
    """The score of each task: a subject, leaf, category or kind."""
    task: str = ""
    """The only task of the file that the score is of; empty for all."""
    total: int | None = None
    """How many tasks the benchmark has, while some are missing and the score is the mean of the others."""


def is_share(benchmark: str) -> bool:
    """Whether a score is a share of questions; otherwise it is a rating or a loss."""
    name = benchmark.partition(",")[0]
    return name != LOSS and all(known != name or row.top <= 1 for known, row in BENCHMARKS.items())


def score_text(benchmark: str, score: float, stderr: float | None = None, *, sign: str = "") -> str:
    """A score with its standard error: shares in percent without the sign, others as they are."""
    scale, form = (100, ".1f") if is_share(benchmark) else (1, ".2f")
    return f"{score * scale:{sign}{form}}" + (f" ± {stderr * scale:{form}}" if stderr else "")


def known_text(score: KnownScore, *, short: bool = False) -> str:
    """The score with its standard error; while tasks are missing, with the number of those that are finished.

    Such as `61.3 ± 2.0 (12 of 57)`, or short, `61.3 (12/57)`.
    """
    figure = score.figure
    if score.total is None:
        return score_text(score.benchmark, figure.score, figure.stderr)
    counts = f"({len(score.tasks)}/{score.total})" if short else f"({len(score.tasks)} of {score.total})"
    return f"{score_text(score.benchmark, figure.score, None if short else figure.stderr)} {counts}"


def is_better(benchmark: str, difference: float) -> bool:
    """Whether a model whose score is higher by this difference is better."""
    return difference < 0 if benchmark == LOSS else difference > 0


def known_scores(jobs: Iterable[Observation]) -> list[KnownScore]:
    """The scores of all finished jobs, in the order of the jobs, without those of weights that were replaced since."""
    found = [score for job in jobs if job.status == "succeeded" for score in _scores_of(job, job.result)]
    written = {model: _weights_time(Path(model)) for model in {score.model for score in found}}
    return [score for score in found if not score.ended or written[score.model] <= score.ended + CLOCK_TOLERANCE]


def _weights_time(folder: Path) -> float:
    """When the newest weights of a model were written, in seconds since 1970; 0 without any."""
    try:
        return max((file.stat().st_mtime for file in folder.glob("*.safetensors")), default=0.0)
    except (OSError, ValueError):  # it is being replaced, or is no folder's name
        return 0.0


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
    before, after = _result_of(first), _result_of(second)
    if before is None or after is None or before.metric != after.metric:
        return None
    found = compare_results(before, after).get("comparison")
    return None if found is None else Comparison.from_data(found)


def _result_of(score: KnownScore) -> ModelResult | None:
    result = read_model_result(score.file)
    if result is None or not score.task:
        return result
    return replace(result, tasks={name: task for name, task in result.tasks.items() if name == score.task})


def tasks_of(score: KnownScore) -> tuple[tuple[str, Figure], ...]:
    """The score of each task, from the result file where the job reports none. Call it in a thread."""
    result = None if score.tasks else _result_of(score)
    if result is None:
        return score.tasks
    return tuple((name, Figure(task.score, task.stderr, task.n)) for name, task in result.tasks.items())


def read_model_result(file: str | None) -> ModelResult | None:
    """A stored result with its scores by question; None if it is missing or damaged."""
    found = read_record(Path(file)) if file is not None else None
    return found[1] if found else None


def benchmarks_of(scores: Iterable[Mapping[str, KnownScore]]) -> list[str]:
    """The benchmarks of any of the models, in the order in which they are first found."""
    return list(dict.fromkeys(name for of_model in scores for name in of_model))


def _scores_of(job: Observation, result: Any) -> Iterator[KnownScore]:
    """The scores with a model, a benchmark and a figure; what is damaged is left out."""
    ended = (job.started or 0.0) + (job.seconds or 0.0)
    for model, benchmark, row, task in _measured(job, result):
        found = figure(row, questions="questions" if task is not None else "n")
        if model and benchmark and found:
            tasks = tuple(_tasks(part(row, "tasks")))
            yield KnownScore(model, benchmark, found, job.spec.id, ended, text(row, "file"), tasks, task or "")


def _tasks(tasks: Any) -> Iterator[tuple[str, Figure]]:
    for name, row in tasks.items() if isinstance(tasks, Mapping) else ():
        if found := figure(row, questions="n"):
            yield str(name), found


def _measured(job: Observation, result: Any) -> Iterator[tuple[str | None, str | None, Any, str | None]]:
    """Model, benchmark, and the record of the score; of a run, also the task, which may be empty."""
    if job.spec.kind == "evaluate":
        models = filter(None, (text(job.spec.options, name) for name in ("base_model", "model")))
        for model, row in zip(models, rows(result, "results"), strict=False):
            yield model, text(result, "benchmark"), row, None
    for phase in rows(result, "phases"):
        for row in rows(phase, "checkpoints"):
            yield text(row, "path"), text(phase, "criterion"), row, None
    if job.spec.kind in ("run", "quickstart"):
        yield from _of_loop(job, result)


def _of_loop(job: Observation, result: Any) -> Iterator[tuple[str | None, str | None, Any, str]]:
    """Base and tuned model, asked freely or with choices."""
    benchmark = text(result, "benchmark") or "all"
    tuned = text(result, "best") or text(result, "paths", "tuned")
    base = text(result, "student") or text(job.spec.options, "student")
    for model, name in ((base, "base"), (tuned, "tuned")):
        kinds = [kind for kind in KINDS if part(result, kind, name)]
        for kind in kinds:
            yield model, f"{benchmark}, {kind}", part(result, kind, name), kind
        if not kinds:
            yield model, benchmark, part(result, name), ""
        for kind in (*KINDS, "all") if benchmark != "multiple_choice" else ():
            yield model, f"choices, {kind}", part(result, "multiple_choice", kind, name), kind
