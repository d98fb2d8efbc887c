"""All models that were scored, and their scores: of finished jobs, and of those that run as they arrive."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from core.chat.compare import VoteStore
from core.evaluation.statistics import mean_of_tasks
from core.jobs.observe import ENDED, Observation
from core.jobs.state.job_state import TaskScores
from core.overview.best import best_model
from core.overview.job_reader import JobReader
from core.overview.model import Figure
from core.overview.model_name import PHASE, model_name
from core.overview.scores import KnownScore, benchmarks_of, known_scores, newest_scores
from core.overview.values import text

CHECKPOINT = re.compile(r"(?:samples|checkpoint|step)_(\d+)")

ASKED = ("asked", "facts")
"""How the names of benchmarks begin that come first: free answers say most about what a model knows."""


@dataclass(frozen=True)
class ScoredModel:
    """A model with its newest scores."""

    path: str
    """Of its folder; of a running evaluation, the name that it reports."""
    scores: Mapping[str, KnownScore] = field(hash=False)
    is_best: bool = False
    votes: tuple[int, int] = (0, 0)
    """In how many side-by-side chats its answer was voted the best, and of how many."""

    @property
    def name(self) -> str:
        return model_name(self.path)

    @property
    def samples(self) -> int | None:
        """After how many samples a checkpoint was written; None for other models."""
        found = CHECKPOINT.fullmatch(Path(self.path).name)
        return int(found[1]) if found else None

    @property
    def newest(self) -> float:
        """When it was last scored, in seconds since 1970."""
        return max((score.ended for score in self.scores.values()), default=0.0)


@dataclass(frozen=True)
class Evaluations:
    models: tuple[ScoredModel, ...] = ()
    """Models before checkpoints, the last scored first; the checkpoints of one training together, by samples."""
    benchmarks: tuple[str, ...] = ()
    running: tuple[Observation, ...] = ()
    """Jobs whose scores may still come."""
    evaluated: str | None = None
    """The benchmark of a running evaluation, once it has scores."""

    def siblings(self, model: ScoredModel) -> list[ScoredModel]:
        """The checkpoints of the same phase of the same training, by samples."""
        folder = Path(model.path).parent
        found = [one for one in self.models if one.samples is not None and Path(one.path).parent == folder]
        return sorted(found, key=lambda one: one.samples or 0)


class EvaluationsReader:
    """Reads the scores again and again; of each job, only what is new."""

    def __init__(self, jobs: JobReader) -> None:
        self._jobs = jobs

    def read(self, jobs: Sequence[Observation]) -> Evaluations:
        """The scores of these jobs. Call it in a thread."""
        active = [job for job in jobs if job.status not in ENDED and job.spec.kind in KINDS]
        live = [score for job in active for score in self._live(job)]
        evaluations = {job.spec.id for job in active if job.spec.kind == "evaluate"}
        newest = newest_scores([*live, *known_scores(jobs)])
        best = best_model(jobs)
        votes = VoteStore().standings()
        models = [
            ScoredModel(path, scores, best is not None and best.path == path, votes.get(path, (0, 0)))
            for path, scores in newest.items()
        ]
        groups = {model.path: _group(model) for model in models}
        touched: dict[str, float] = {}
        for model in models:
            group = groups[model.path]
            touched[group] = max(touched.get(group, 0.0), model.newest)

        def place(model: ScoredModel) -> tuple[bool, float, str, int]:
            group = groups[model.path]
            return model.samples is not None, -touched[group], group, model.samples or 0

        names = benchmarks_of(model.scores for model in models)
        first = [name for name in names if name.startswith(ASKED)]
        return Evaluations(
            tuple(sorted(models, key=place)),
            (*first, *(name for name in names if name not in first)),
            tuple(job for job in active if job.spec.kind == "evaluate" or self._has_scores(job)),
            next((score.benchmark for score in live if score.job in evaluations), None),
        )

    def _live(self, job: Observation) -> Iterable[KnownScore]:
        """What a running job has reported so far."""
        state = self._jobs.read(job)
        for found in state.task_scores.values():
            yield _unfinished(found, _path(job, found.model), job.spec.id)
        files = {
            (artifact["stage"], text(artifact, "summary", "model")): text(artifact, "path")
            for artifact in state.artifacts
            if artifact.get("kind") == "report"
        }
        for score in state.scores:
            path, figure = _path(job, score.model), Figure(score.score, score.stderr, score.n)
            # The file of a part, such as `facts, plain`, has the questions of the others, too.
            file = None if ", " in score.benchmark else files.get((score.stage, score.model))
            yield KnownScore(path, score.benchmark, figure, job.spec.id, inf, file)

    def _has_scores(self, job: Observation) -> bool:
        state = self._jobs.read(job)
        return bool(state.scores or state.task_scores)


def _unfinished(found: TaskScores, path: str, job: str) -> KnownScore:
    """The mean of the tasks that are finished."""
    rows = found.tasks.values()
    mean, stderr = mean_of_tasks([row.score for row in rows], [row.stderr or 0.0 for row in rows])
    tasks = tuple((name, Figure(row.score, row.stderr, row.n)) for name, row in found.tasks.items())
    whole = Figure(mean, stderr, sum(row.n or 0 for row in rows))
    return KnownScore(path, found.benchmark, whole, job, inf, tasks=tasks, total=found.total)


KINDS = ("evaluate", "train", "run", "quickstart")


def _path(job: Observation, name: str) -> str:
    """The folder of a model that a running job calls by name, such as phase1/samples_24."""
    base = text(job.spec.options, "phases", "base_dir")
    phase, _, checkpoint = name.partition("/")
    if base is not None and PHASE.fullmatch(phase) and CHECKPOINT.fullmatch(checkpoint):
        return str(Path(base, phase, "checkpoints", "hf_format", checkpoint))
    return name


def _group(model: ScoredModel) -> str:
    """What is listed together: a model alone, or the checkpoints of one training."""
    return model.path if model.samples is None else str(Path(model.path).parent)
