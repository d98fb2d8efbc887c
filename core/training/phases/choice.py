"""Choosing a checkpoint by its scores, and saying when scores cannot tell checkpoints apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from pathlib import Path

from core.training.phases.journal import ScoreRecord

Uncertainty = Callable[[ScoreRecord, ScoreRecord], float]
"""The standard error of the difference between two checkpoints' scores; 0 if it is not known."""


@dataclass(frozen=True)
class Choice:
    """The chosen checkpoint."""

    winner: ScoreRecord
    tied: tuple[ScoreRecord, ...] = ()
    """The checkpoints that are as good as the best within the uncertainty, in order of training, with the winner; empty
    if the winner is better than all others."""

    @property
    def sentence(self) -> str:
        """Which checkpoints are tied; empty if none are."""
        if not self.tied:
            return ""
        names = [Path(score.checkpoint).name for score in self.tied]
        scores = [score_text(score) for score in self.tied]
        latest = "later" if len(names) == 2 else "latest"
        return f"{_joined(names)} are tied within the uncertainty ({_joined(scores)}); the {latest} one is taken."


def independent(one: ScoreRecord, other: ScoreRecord) -> float:
    """The standard error of the difference between independent scores."""
    return hypot(one.stderr or 0.0, other.stderr or 0.0)


def choose(
    results: Sequence[ScoreRecord], uncertainty: Uncertainty = independent, *, lower_is_better: bool = False
) -> Choice | None:
    """The best checkpoint of results in order of training; None without results.

    Checkpoints whose score is within one standard error of the difference from the best one are tied with it. Of tied
    ones the latest is taken: it was trained on more samples, and the scores do not say that this did harm.
    """
    if not results:
        return None
    sign = -1 if lower_is_better else 1
    best = max(results, key=lambda result: (isfinite(result.score), sign * result.score))
    tied = tuple(
        result
        for result in results
        if result is best or sign * (best.score - result.score) <= uncertainty(best, result)
    )
    return Choice(tied[-1], tied if len(tied) > 1 else ())


def score_text(score: ScoreRecord) -> str:
    """A score with its standard error, such as 0.71 ± 0.04."""
    return f"{score.score:.2f}" + ("" if score.stderr is None else f" ± {score.stderr:.2f}")


def _joined(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]])
