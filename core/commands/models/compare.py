"""`model compare`: everything that is known about models, next to each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.commands.models.upload import uploaded_folder
from core.errors import LabtopError
from core.evaluation.statistics import Comparison
from core.jobs.folder import JobStore
from core.jobs.observe import Observation, observe_all
from core.models.local import check_model_folder
from core.models.state import ADAPTER_CONFIG
from core.models.weights import ModelSize, model_size
from core.overview.origin import Origin, origin_of
from core.overview.scores import (
    KnownScore,
    benchmarks_of,
    compare_known,
    known_scores,
    newest_scores,
)


@dataclass(frozen=True)
class ComparedModel:
    """One of the models."""

    path: str
    size: ModelSize | None
    """None without complete safetensors weights."""
    origin: Origin | None
    """None if no job of this machine trained it."""
    problem: str | None = None
    """Why it cannot be used, in a sentence; None if it is complete."""


@dataclass(frozen=True)
class ComparedScores:
    """One benchmark."""

    benchmark: str
    scores: tuple[KnownScore | None, ...]
    """For each model, the newest."""
    comparisons: tuple[Comparison | None, ...]
    """Of each model with the first one; None where they were not asked the same questions."""


@dataclass(frozen=True)
class ComparedModels:
    models: tuple[ComparedModel, ...]
    benchmarks: tuple[ComparedScores, ...]

    def to_data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "models": [
                {
                    "path": model.path,
                    "size": model.size and asdict(model.size),
                    "problem": model.problem,
                    **_origin_data(model.origin),
                }
                for model in self.models
            ],
            "benchmarks": [
                {
                    "benchmark": row.benchmark,
                    "results": [None if score is None else _score_data(score) for score in row.scores],
                    "comparisons": [None if found is None else _comparison_data(found) for found in row.comparisons],
                }
                for row in self.benchmarks
            ],
        }


def compare_models(given: Sequence[str], benchmarks: Sequence[str] = ()) -> ComparedModels:
    """Compare models, of which each is a folder or the name of a model or checkpoint; with `benchmarks` only on these.

    Raises LabtopError for models that do not exist and for benchmarks that none of them was evaluated on.
    """
    folders = [str(uploaded_folder(model).absolute()) for model in given]
    jobs = observe_all(JobStore())
    newest = newest_scores(known_scores(jobs))
    scores = [newest.get(folder, {}) for folder in folders]
    known = benchmarks_of(scores)
    if unknown := [name for name in benchmarks if name not in known]:
        raise LabtopError(
            f"None of the models has a score on {unknown[0]}.",
            hint=f"They have scores on {', '.join(known)}." if known else "Evaluate them: labtop model evaluate",
        )
    models = tuple(_model(folder, jobs) for folder in folders)
    return ComparedModels(models, tuple(_row(name, scores) for name in known if not benchmarks or name in benchmarks))


def _row(benchmark: str, scores: Iterable[dict[str, KnownScore]]) -> ComparedScores:
    found = tuple(of_model.get(benchmark) for of_model in scores)
    first = found[0]
    comparisons = (None if first is None or one is None else compare_known(first, one) for one in found[1:])
    return ComparedScores(benchmark, found, (None, *comparisons))


def _model(folder: str, jobs: Iterable[Observation]) -> ComparedModel:
    return ComparedModel(folder, model_size(Path(folder)), origin_of(folder, jobs), _problem(Path(folder)))


def _problem(folder: Path) -> str | None:
    if (folder / ADAPTER_CONFIG).is_file():
        return None
    try:
        check_model_folder(folder)
    except LabtopError as error:
        return error.message
    return None


def _origin_data(origin: Origin | None) -> dict[str, Any]:
    return {"job": None, "base": None, "data": []} if origin is None else asdict(origin)


def _score_data(score: KnownScore) -> dict[str, Any]:
    return {
        "score": score.figure.score,
        "stderr": score.figure.stderr,
        "n": score.figure.questions,
        "job": score.job,
        "file": score.file,
    }


def _comparison_data(found: Comparison) -> dict[str, Any]:
    return {**asdict(found), "significant": found.significant}
