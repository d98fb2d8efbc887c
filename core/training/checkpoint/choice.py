"""What a training's checkpoints amount to: the rows of its result, and the best one as far as training knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.training.checkpoint.marker import Checkpoint


def best_checkpoint(checkpoints: Sequence[Checkpoint]) -> Checkpoint | None:
    """The one with the lowest validation loss; the newest of several, and where no loss is known."""
    newest_first = sorted(checkpoints, key=lambda checkpoint: checkpoint.samples, reverse=True)
    scored = [(each.validation_loss, each) for each in newest_first if each.validation_loss is not None]
    if scored:
        return min(scored, key=lambda pair: pair[0])[1]
    return next(iter(newest_first), None)


def checkpoint_result(checkpoints: Sequence[Checkpoint]) -> dict[str, Any]:
    """The part of a training's result about its checkpoints: {best, checkpoints}."""
    best = best_checkpoint(checkpoints)
    return {
        "best": None if best is None else str(best.path),
        "checkpoints": [
            {
                "path": str(each.path),
                "samples": each.samples,
                "epoch": each.epoch,
                "loss": each.loss,
                "validation_loss": each.validation_loss,
                "scores": {} if each.validation_loss is None else {"validation_loss": each.validation_loss},
            }
            for each in checkpoints
        ],
    }
