"""The trainer: one optimizer step for each effective batch of the plan, on any back end.

The loss of a step is the mean over all loss tokens of its effective batch, independent of its split into micro-batches
and ranks. The plan knows their number, so each rank weighs its sums of losses without communication.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from core.errors import LabtopError
from core.training.engine.backend import Backend
from core.training.engine.batches import Batch, Samples, collate
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.plan import OptimizerStep


@dataclass(frozen=True)
class StepResult:
    """The metrics of a step. The loss and the norm are on the device; reading them waits for it."""

    step: int
    """Counted from 1."""
    device_loss: torch.Tensor
    device_norm: torch.Tensor
    learning_rate: float
    tokens: int
    """Of all ranks, without padding."""
    planned: OptimizerStep

    @property
    def num_loss_tokens(self) -> int:
        """Of all ranks."""
        return self.planned.num_loss_tokens

    @property
    def padding(self) -> float:
        """The share of the computed tokens that was padding, from 0 to 1."""
        return 1 - self.tokens / self.planned.padded_tokens

    @cached_property
    def loss(self) -> float:
        """Mean over the loss tokens; read from the device once."""
        return float(self.device_loss)

    @cached_property
    def grad_norm(self) -> float:
        """Before clipping; read from the device once."""
        return float(self.device_norm)

    def check(self) -> None:
        """Raises LabtopError when the loss or the gradient is NaN or infinite."""
        if not (math.isfinite(self.loss) and math.isfinite(self.grad_norm)):
            raise diverged("loss", self.step)


def diverged(what: str, step: int) -> LabtopError:
    return LabtopError(
        f"Training diverged: the {what} is NaN or infinite at step {step}.",
        hint="Lower the learning rate or raise the warm-up steps, and train again.",
        code="diverged",
    )


class Trainer:
    """A model on a back end, its samples, and the number of steps done."""

    def __init__(self, backend: Backend, module: LossModule, samples: Samples, settings: OptimizerSettings) -> None:
        self.backend = backend
        self.ranks = backend.ranks
        self.samples = samples
        self.settings = settings
        self.module = module
        self.steps_done = 0
        module.model.train()
        backend.prepare(module, settings)

    @property
    def model(self) -> Any:
        """The model of transformers inside."""
        return self.module.model

    def _passes(self, step: OptimizerStep, samples: Samples) -> Iterator[tuple[Batch, float, bool]]:
        """This rank's micro-batches of a step, each with the weight of its losses and whether it is the last one."""
        weight = self.ranks.world_size / step.num_loss_tokens
        for remaining, passes in enumerate(zip(*step.ranks, strict=True), 1 - len(step.ranks[0])):
            mine = passes[self.ranks.rank]
            chunks = max(self.module.chunks(batch.num_loss_tokens) for batch in passes)
            chosen = [samples[index] for index in mine.samples]
            tensors = collate(chosen, mine.padded_length, chunks, packed=mine.packed)
            yield tensors, weight if mine.samples else 0.0, remaining == 0

    def evaluate(self, step: OptimizerStep, samples: Samples) -> float:
        """The mean loss over the loss tokens of other samples, planned like a step; the weights stay as they are."""
        loss = torch.zeros((), device=self.ranks.device)
        for batch, weight, _ in self._passes(step, samples):
            loss += self.backend.evaluate(batch, weight)
        return float(self.ranks.mean(loss))

    def run(self, step: OptimizerStep) -> StepResult:
        """Run one optimizer step. On the CPU raises LabtopError, with the weights unchanged, when it diverged."""
        loss = torch.zeros((), device=self.ranks.device)
        for batch, weight, is_last in self._passes(step, self.samples):
            loss += self.backend.backward(batch, weight, last_micro_batch=is_last)
        rate = self.settings.rate(self.steps_done)
        norm = self.backend.clip_and_step(rate)
        tokens = sum(len(self.samples[index]) for rank in step.ranks for each in rank for index in each.samples)
        result = StepResult(self.steps_done + 1, self.ranks.mean(loss), norm, rate, tokens, step)
        if self.ranks.device.type == "cpu":
            result.check()
        self.steps_done += 1
        return result
