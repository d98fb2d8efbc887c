"""The checkpoints of a training with their scores, the best one, and those that are not worse beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path
from typing import Any

from core.jobs.state.job_curves import CHECKPOINT
from core.jobs.state.job_state import JobState
from core.overview.model import BestModel, Figure
from core.overview.training.stages import is_training, phase_of
from core.overview.values import figure, number, rows, text


@dataclass(frozen=True)
class CheckpointFacts:
    """A checkpoint, and what is known about how good it is."""

    path: str
    phase: int
    samples: int | None = None
    step: int | None = None
    epoch: float | None = None
    loss: float | None = None
    """The mean training loss since the checkpoint before."""
    benchmark: str = ""
    score: Figure | None = None
    is_best: bool = False
    """Of its phase."""
    begins: int | None = None
    """The phase that begins with it."""
    is_tie: bool = False
    """Whether its score differs from the best one's by no more than chance, or equals it."""
    exists: bool = True
    """Whether its folder is still there."""

    @property
    def name(self) -> str:
        """Such as `phase2/samples_4492`."""
        return BestModel(self.path, "").name


def checkpoints(states: Sequence[JobState], result: Mapping[str, Any] | None) -> tuple[CheckpointFacts, ...]:
    """The checkpoints that the jobs of a training wrote, in their order; of repeated ones the newer."""
    found: dict[str, CheckpointFacts] = {}
    for state in states:
        for artifact in state.artifacts:
            if artifact.get("kind") == CHECKPOINT and is_training(str(artifact["stage"])):
                one = _of_artifact(artifact)
                found[one.path] = one
    scores = {(phase_of(score.stage or ""), score.model): score for state in states for score in state.scores}
    for path, one in found.items():
        score = scores.get((one.phase, one.name))
        if score is not None:
            found[path] = replace(one, benchmark=score.benchmark, score=Figure(score.score, score.stderr, score.n))
    chosen = _with_results(found, result)
    trained = {phase_of(stage) for state in states for stage in state.stages if is_training(stage)}
    phases = sorted({one.phase for one in found.values()})
    marked = [one for phase in phases for one in _marked(phase, found.values(), chosen.get(phase))]
    return tuple(
        replace(one, begins=one.phase + 1) if one.is_best and one.phase + 1 in trained else one for one in marked
    )


def with_existence(found: Iterable[CheckpointFacts]) -> tuple[CheckpointFacts, ...]:
    """The same, with a look at the disk."""
    return tuple(replace(one, exists=_is_model(one.path)) for one in found)


def _is_model(path: str) -> bool:
    try:
        return (Path(path) / "config.json").is_file()
    except (OSError, ValueError):
        return False


def _of_artifact(artifact: Mapping[str, Any]) -> CheckpointFacts:
    samples, step = (number(artifact, "summary", name) for name in ("samples", "step"))
    return CheckpointFacts(
        path=str(artifact.get("path", "")),
        phase=phase_of(str(artifact["stage"])),
        samples=None if samples is None else int(samples),
        step=None if step is None else int(step),
        epoch=number(artifact, "summary", "epoch"),
        loss=number(artifact, "summary", "loss"),
    )


def _with_results(found: dict[str, CheckpointFacts], result: Mapping[str, Any] | None) -> dict[int, str]:
    """Add the scores of a result, which has those of earlier jobs, too; returns the best checkpoint of each phase."""
    chosen = {}
    for phase in rows(result, "phases"):
        named = number(phase, "phase")
        if named is None:
            continue
        if (best := text(phase, "best")) is not None:
            chosen[int(named)] = best
        for row in rows(phase, "checkpoints"):
            path, score = text(row, "path"), figure(row, questions="n")
            if path is None:
                continue
            known = found.setdefault(path, CheckpointFacts(path, int(named)))
            if known.score is None and score is not None:
                benchmark = text(row, "benchmark") or text(phase, "criterion") or ""
                found[path] = replace(known, score=score, benchmark=benchmark)
    return chosen


def _marked(phase: int, found: Iterable[CheckpointFacts], chosen: str | None) -> list[CheckpointFacts]:
    """The checkpoints of a phase, with the best one and its ties marked."""
    own = [one for one in found if one.phase == phase]
    scored = [one for one in own if one.score is not None]
    best = next((one for one in own if one.path == chosen), None)
    if best is None and scored:
        best = max(reversed(scored), key=lambda one: one.score.score if one.score else 0.0)
    if best is None:
        return own
    marked = [replace(one, is_best=one is best, is_tie=one is not best and _ties(one.score, best.score)) for one in own]
    if any(one.is_tie for one in marked):
        marked = [replace(one, is_tie=one.is_tie or one.is_best) for one in marked]
    return marked


def _ties(score: Figure | None, best: Figure | None) -> bool:
    """Whether the difference is within the standard error of a difference."""
    if score is None or best is None:
        return False
    return abs(best.score - score.score) <= sqrt((score.stderr or 0.0) ** 2 + (best.stderr or 0.0) ** 2) + 1e-12
