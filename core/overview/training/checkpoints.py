"""The checkpoints of a training with their scores, the best one, and those that are not worse beyond chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.jobs.state.job_curves import CHECKPOINT
from core.jobs.state.job_state import JobState
from core.jobs.state.score_text import LOSSES
from core.overview.model import BestModel, Figure
from core.overview.training.stages import is_training, phase_of
from core.overview.values import figure, number, part, rows, text
from core.training.phases.choice import choose
from core.training.phases.journal import ScoreRecord

VALIDATION_LOSS = "validation_loss"
"""What a training itself scores its checkpoints by."""


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
    """Whether it is as good as the best score within the uncertainty; so is then the best one."""
    exists: bool = True
    """Whether its folder is still there."""

    @property
    def is_share(self) -> bool:
        """Whether its score is a share of questions, and not a loss or a rating."""
        return self.score is not None and 0 <= self.score.score <= 1 and self.benchmark not in LOSSES

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
    evaluated = {one.phase for one in found.values() if (one.phase, one.name) in scores}
    for path, one in found.items():
        score = scores.get((one.phase, one.name))
        if score is not None:
            found[path] = replace(one, benchmark=score.benchmark, score=Figure(score.score, score.stderr, score.n))
        elif one.phase in evaluated:  # a validation loss is not compared with scores
            found[path] = replace(one, benchmark="", score=None)
    chosen = {**_choices(states), **_with_results(found, result)}
    begun = [each.id for state in states for each in state.stages.values() if each.status != "waiting"]
    trained = {phase_of(stage) for stage in begun if is_training(stage)}
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
    validation_loss = number(artifact, "summary", VALIDATION_LOSS)
    return CheckpointFacts(
        path=str(artifact.get("path", "")),
        phase=phase_of(str(artifact["stage"])),
        samples=None if samples is None else int(samples),
        step=None if step is None else int(step),
        epoch=number(artifact, "summary", "epoch"),
        loss=number(artifact, "summary", "loss"),
        benchmark="" if validation_loss is None else VALIDATION_LOSS,
        score=None if validation_loss is None else Figure(validation_loss),
    )


@dataclass(frozen=True)
class _Chosen:
    """What a result says about a phase."""

    best: str | None
    tied: tuple[str, ...]


def _choices(states: Sequence[JobState]) -> dict[int, _Chosen]:
    """What the phases have chosen so far."""
    return {
        phase_of(stage): _Chosen(choice.best, choice.tied)
        for state in states
        for stage, choice in state.choices.items()
        if choice.best is not None
    }


def _with_results(found: dict[str, CheckpointFacts], result: Mapping[str, Any] | None) -> dict[int, _Chosen]:
    """Add the scores of a result, which has those of earlier jobs, too; returns what was chosen in each phase."""
    chosen = {}
    for phase in rows(result, "phases"):
        named = number(phase, "phase")
        if named is None:
            continue
        tied = part(phase, "tied")
        names = tuple(map(str, tied)) if isinstance(tied, list) else ()
        chosen[int(named)] = _Chosen(text(phase, "best"), names)
        for row in rows(phase, "checkpoints"):
            path, score = text(row, "path"), figure(row, questions="n")
            if path is None:
                continue
            known = found.setdefault(path, CheckpointFacts(path, int(named)))
            if score is not None and (known.score is None or known.benchmark == VALIDATION_LOSS):
                found[path] = replace(known, score=score, benchmark=text(phase, "criterion") or "")
    return chosen


def _marked(phase: int, found: Iterable[CheckpointFacts], chosen: _Chosen | None) -> list[CheckpointFacts]:
    """The checkpoints of a phase, with the best one and its ties marked."""
    own = [one for one in found if one.phase == phase]
    best, tied = (chosen.best, chosen.tied) if chosen is not None and chosen.best is not None else _choice(own)
    return [replace(one, is_best=one.path == best, is_tie=one.path in tied) for one in own]


def _choice(own: Sequence[CheckpointFacts]) -> tuple[str | None, tuple[str, ...]]:
    """The checkpoint that is chosen by the scores so far, and those that are tied, by the rule of the training."""
    scored = [(one, one.score) for one in own if one.score is not None]
    records = [ScoreRecord(one.path, score.score, stderr=score.stderr) for one, score in scored]
    lower = bool(scored) and scored[-1][0].benchmark in LOSSES
    choice = choose(records, lower_is_better=lower)
    if choice is None:
        return None, ()
    return choice.winner.checkpoint, tuple(record.checkpoint for record in choice.tied)
