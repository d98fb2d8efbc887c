"""The loss on samples that are held out of training."""

from __future__ import annotations

import math

from core.training.engine.trainer import Trainer, diverged
from core.training.plan import plan_epoch
from core.training.prepare.split import SampleSubset


class Validation:
    """Held-out samples, and the passes over them, shared by the ranks."""

    def __init__(self, samples: SampleSubset, *, max_tokens: int, world_size: int) -> None:
        self.samples = samples
        plan = plan_epoch(
            samples.lengths.tolist(),
            loss_tokens=samples.loss_tokens.tolist(),
            batch_size=len(samples),
            max_tokens=max_tokens,
            seed=0,
            epoch=0,
            world_size=world_size,
        )
        (self.step,) = plan.steps

    @property
    def num_loss_tokens(self) -> int:
        """What the loss is the mean over."""
        return self.step.num_loss_tokens

    def loss(self, trainer: Trainer) -> float:
        """The mean loss of the present weights; all ranks call it at the same step.

        Raises LabtopError when it is NaN or infinite: the weights are of no use.
        """
        loss = trainer.evaluate(self.step, self.samples)
        if not math.isfinite(loss):
            raise diverged("validation loss", trainer.steps_done)
        return loss
