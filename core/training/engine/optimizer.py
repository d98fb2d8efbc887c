"""The optimizer and its learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch

CLIP_NORM = 1.0
"""The maximum gradient norm, as in InstructLab's training."""

Schedule = Literal["cosine", "linear", "constant"]
"""The learning rate after the warm-up."""


@dataclass(frozen=True)
class OptimizerSettings:
    """AdamW, or plain SGD, with a linear warm-up and then a schedule; cosine and linear fall to zero."""

    learning_rate: float
    total_steps: int
    warmup_steps: int = 0
    schedule: Schedule = "cosine"
    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    weight_decay: float = 0.0
    algorithm: Literal["adamw", "sgd"] = "adamw"

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; it is never zero, so that no step is wasted."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / (self.warmup_steps + 1)
        if self.schedule == "constant":
            return self.learning_rate
        done = (step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps)
        if self.schedule == "linear":
            return self.learning_rate * (1 - done)
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * done))

    def optimizer(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """A new optimizer of these parameters."""
        trained = [parameter for parameter in parameters if parameter.requires_grad]
        if self.algorithm == "sgd":
            return torch.optim.SGD(trained, lr=self.learning_rate, weight_decay=self.weight_decay)
        return torch.optim.AdamW(
            trained,
            lr=self.learning_rate,
            betas=self.betas,
            eps=self.eps,
            weight_decay=self.weight_decay,
            fused=True,
        )
