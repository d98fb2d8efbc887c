"""The training loop: one optimizer step for each effective batch of the plan.

The weights are float32; the loss of a step is the mean over all loss tokens of its effective batch, independent of its
split into micro-batches. Runs in a worker process: the module imports torch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from core.errors import LabtopError
from core.training.masking import Sample
from core.training.plan import MicroBatch, OptimizerStep

CLIP_NORM = 1.0
"""The maximum gradient norm, as in InstructLab's training."""


@dataclass(frozen=True)
class OptimizerSettings:
    """AdamW with a linear warm-up and a cosine decay to zero."""

    learning_rate: float
    total_steps: int
    warmup_steps: int = 0
    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    weight_decay: float = 0.0

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; it is never zero, so that no step is wasted."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / (self.warmup_steps + 1)
        done = (step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True)
class StepResult:
    """The metrics of a step."""

    loss: float
    """Mean over the loss tokens."""
    learning_rate: float
    grad_norm: float
    """Before clipping."""
    tokens: int
    """Without padding."""
    num_loss_tokens: int


class Trainer:
    """A model, its optimizer and the number of steps done."""

    def __init__(
        self, model: Any, samples: Sequence[Sample], settings: OptimizerSettings, *, bfloat16: bool = False
    ) -> None:
        self.model = model
        self.samples = samples
        self.settings = settings
        self.bfloat16 = bfloat16
        self.steps_done = 0
        self.parameters: dict[str, torch.nn.Parameter] = dict(model.named_parameters())
        self.optimizer = torch.optim.AdamW(
            self.parameters.values(),
            lr=settings.learning_rate,
            betas=settings.betas,
            eps=settings.eps,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self._loss_positions = torch.empty(0, dtype=torch.long)
        model.train()
        model.get_output_embeddings().register_forward_pre_hook(self._select_loss_positions)

    def _select_loss_positions(self, _head: torch.nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Pass only the positions of loss tokens to the output layer: half its work, a fraction of its memory."""
        hidden = arguments[0]
        chosen = hidden.reshape(-1, hidden.shape[-1]).index_select(0, self._loss_positions)
        return (chosen.unsqueeze(0), *arguments[1:])

    def run(self, step: OptimizerStep) -> StepResult:
        """Run one optimizer step. Raises LabtopError, with the weights unchanged, when the loss is NaN or infinite."""
        batches = [batch for rank in step.ranks for batch in rank]
        samples = [self.samples[index] for batch in batches for index in batch.samples]
        loss = sum(self._backward(batch, step.num_loss_tokens) for batch in batches)
        norm = float(torch.nn.utils.clip_grad_norm_(self.parameters.values(), CLIP_NORM))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise LabtopError(
                f"Training diverged: the loss is NaN or infinite at step {self.steps_done + 1}.",
                hint="Lower the learning rate or raise the warm-up steps, and train again.",
                code="diverged",
            )
        rate = self.settings.rate(self.steps_done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps_done += 1
        return StepResult(loss, rate, norm, sum(map(len, samples)), step.num_loss_tokens)

    def _backward(self, batch: MicroBatch, num_loss_tokens: int) -> float:
        """Accumulate a micro-batch's gradient; returns its part of the step's loss."""
        ids, positions, targets = collate([self.samples[index] for index in batch.samples], batch.padded_length)
        self._loss_positions = positions
        # Padding is on the right, where causal attention hides it from all real tokens: no attention mask is needed.
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            logits = self.model(input_ids=ids, use_cache=False).logits[0]
        loss = functional.cross_entropy(logits.float(), targets, reduction="sum") / num_loss_tokens
        torch.autograd.backward(loss)
        return loss.item()


def collate(samples: Sequence[Sample], padded_length: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids [samples, padded_length], the flat positions that predict a loss token, and those tokens as targets."""
    ids = torch.zeros(len(samples), padded_length, dtype=torch.long)
    loss_mask = torch.zeros(len(samples), padded_length, dtype=torch.bool)
    for row, sample in enumerate(samples):
        ids[row, : len(sample)] = torch.frombuffer(sample.ids, dtype=torch.int32)
        loss_mask[row, : len(sample)] = torch.frombuffer(bytearray(sample.loss_mask), dtype=torch.bool)
    places = loss_mask.flatten().nonzero().squeeze(1)
    return ids, places - 1, ids.flatten()[places]
