"""The newest trained model with its scores next to those of its base, from the results of finished jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.jobs.observe import Observation

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Measured:
    score: float
    """0 to 1."""
    stderr: float | None = None


@dataclass(frozen=True)
class Compared:
    """One set of questions, answered by the base and by the tuned model."""

    name: str
    questions: int | None
    base: Measured | None
    tuned: Measured
    guesser: float | None = None
    """The score of a guesser without knowledge, for multiple choice."""


@dataclass(frozen=True)
class BestModel:
    name: str
    """The last two parts of its path."""
    job: str
    sets: tuple[Compared, ...]


def best_model(jobs: Iterable[Observation]) -> BestModel | None:
    """That of the newest finished job which compared a trained model with its base, or else only scored one.

    `jobs` is newest first.
    """
    scored = [found for job in jobs if job.status == "succeeded" and job.result and (found := _of(job, job.result))]
    return next((found for found in scored if any(one.base for one in found.sets)), next(iter(scored), None))


def _of(job: Observation, result: Data) -> BestModel | None:
    try:
        if job.spec.kind in ("quickstart", "run"):
            path = result.get("best") or (result.get("paths") or {}).get("tuned")
            sets = tuple(_sets_of_run(result))
        elif job.spec.kind == "evaluate":
            path, sets = result["results"][-1]["model"], tuple(_sets_of_evaluation(result))
        elif job.spec.kind == "train":
            path, sets = result["best"], tuple(_sets_of_training(result))
        else:
            return None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return None  # written by another version
    return BestModel(_short(path), job.spec.id, sets) if sets else None


def _short(path: object) -> str:
    return "/".join(Path(str(path)).parts[-2:]) if path else "tuned model"


def _sets_of_run(result: Data) -> Iterator[Compared]:
    if result["benchmark"] == "mmlu_branch":
        yield _compared("generated questions", result)
    elif result["benchmark"] == "facts":
        yield _compared("plain questions", result.get("plain", result))
        if result["free"]["base"]:
            yield _compared("free questions", result["free"])
    for kind, scores in (result.get("multiple_choice") or {}).items():
        if scores["base"]:
            yield _compared(f"{kind}, choice of 4", scores)


def _compared(name: str, scores: Data) -> Compared:
    guesser = scores.get("guesser")
    base, tuned = scores["base"], scores["tuned"]
    return Compared(
        name, int(tuned["questions"]), _measured(base), _measured(tuned), float(guesser["score"]) if guesser else None
    )


def _measured(score: Data) -> Measured:
    stderr = score.get("stderr")
    return Measured(float(score["score"]), None if stderr is None else float(stderr))


def _sets_of_evaluation(result: Data) -> Iterator[Compared]:
    """The first result is the base's if there are two."""
    results = result["results"]
    base = _measured(results[0]) if len(results) > 1 else None
    yield Compared(str(results[-1]["benchmark"]), int(results[-1]["n"]), base, _measured(results[-1]))


def _sets_of_training(result: Data) -> Iterator[Compared]:
    """The score by which the best checkpoint was chosen; None without a benchmark."""
    if result.get("score") is not None:
        questions = result.get("n")
        yield Compared("mmlu_branch", None if questions is None else int(questions), None, _measured(result))
