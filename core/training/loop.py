"""The training loop: one optimizer step for each effective batch of the plan.

The weights are float32; the loss of a step is the mean over all counted tokens of its effective batch, however that is
cut into micro-batches. Runs in a worker process: the module imports torch.
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
from core.training.plan import MicroBatch, Step

CLIP_NORM = 1.0
"""Largest gradient norm, as in InstructLab's training."""


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
        """The learning rate of a step, counted from 0: no step has a rate of zero, so none is wasted."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / (self.warmup_steps + 1)
        done = (step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))


@dataclass(frozen=True)
class StepResult:
    """What a step did."""

    loss: float
    """Mean over the counted tokens."""
    learning_rate: float
    grad_norm: float
    """Before clipping."""
    tokens: int
    """Without padding."""
    counted_tokens: int


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
        self._positions = torch.empty(0, dtype=torch.long)
        model.train()
        model.get_output_embeddings().register_forward_pre_hook(self._keep_counted)

    def _keep_counted(self, _head: torch.nn.Module, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Give the output layer only the positions that the loss counts: half its work, a fraction of its memory."""
        hidden = arguments[0]
        chosen = hidden.reshape(-1, hidden.shape[-1]).index_select(0, self._positions)
        return (chosen.unsqueeze(0), *arguments[1:])

    def run(self, step: Step) -> StepResult:
        """Do one optimizer step. Raises LabtopError, with the weights untouched, when the loss is no finite number."""
        batches = [batch for rank in step.ranks for batch in rank]
        samples = [self.samples[index] for batch in batches for index in batch.samples]
        counted = sum(sample.counted_tokens for sample in samples)
        loss = sum(self._backward(batch, counted) for batch in batches)
        norm = float(torch.nn.utils.clip_grad_norm_(self.parameters.values(), CLIP_NORM))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise LabtopError(
                f"Training went astray: the loss of step {self.steps_done + 1} is not a finite number.",
                hint="Lower the learning rate or raise the warm-up steps, and train again.",
            )
        rate = self.settings.rate(self.steps_done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.steps_done += 1
        return StepResult(loss, rate, norm, sum(map(len, samples)), counted)

    def _backward(self, batch: MicroBatch, counted: int) -> float:
        """Add a micro-batch's gradient; returns its share of the step's loss."""
        ids, positions, targets = collate([self.samples[index] for index in batch.samples], batch.width)
        self._positions = positions
        # Padding stands at the right, where causal attention lets no real token see it: no mask is needed.
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            logits = self.model(input_ids=ids, use_cache=False).logits[0]
        loss = functional.cross_entropy(logits.float(), targets, reduction="sum") / counted
        torch.autograd.backward(loss)
        return loss.item()


def collate(samples: Sequence[Sample], width: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids (samples by width, padded with 0), the flat positions that predict a counted token, and those tokens."""
    ids = torch.zeros(len(samples), width, dtype=torch.long)
    counted = torch.zeros(len(samples), width, dtype=torch.bool)
    for row, sample in enumerate(samples):
        ids[row, : len(sample)] = torch.frombuffer(sample.ids, dtype=torch.int32)
        counted[row, : len(sample)] = torch.frombuffer(bytearray(sample.counted), dtype=torch.bool)
    places = counted.flatten().nonzero().squeeze(1)
    return ids, places - 1, ids.flatten()[places]
