"""Which job trained a model, from what and on what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.jobs.observe import Observation
from core.overview.best import data_of
from core.overview.values import part, rows, text


@dataclass(frozen=True)
class Origin:
    """The training of a model on this machine."""

    job: str
    base: str | None
    """The model that was trained."""
    data: tuple[str, ...]
    """The files of training data."""


def origin_of(folder: str, jobs: Iterable[Observation]) -> Origin | None:
    """The newest job that trained a model, or of which it is a checkpoint."""
    job = next((job for job in jobs if folder in _trained(job)), None)
    if job is None:
        return None
    options, data = job.spec.options, data_of(job)
    bases = [*(text(options, name, "model_path") for name in ("phases", "train")), text(job.result, "student")]
    files = [data.knowledge, data.skills, *_trained_on(options)]
    return Origin(job.spec.id, next(filter(None, [*bases, text(options, "student")]), None), tuple(filter(None, files)))


def _trained(job: Observation) -> set[str]:
    """The models that a finished job has trained."""
    if job.status != "succeeded":
        return set()
    phases = rows(job.result, "phases")
    checkpoints = [*rows(job.result, "checkpoints"), *(row for phase in phases for row in rows(phase, "checkpoints"))]
    named = [text(row, "path") for row in checkpoints] + [text(job.result, "best"), text(job.result, "paths", "tuned")]
    return set(filter(None, named))


def _trained_on(options: Mapping[str, Any]) -> list[str]:
    """The data of a training, in one phase or in two."""
    parts = [part(options, "train"), *(part(options, "phases", name, "training") for name in ("phase1", "phase2"))]
    files = [part(each, "data_path") for each in parts]
    return [str(path) for each in files if isinstance(each, list | tuple) for path in each]
