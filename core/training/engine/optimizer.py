"""The optimizer and its learning-rate schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import torch

CLIP_NORM = 1.0
"""The maximum gradient norm, as in InstructLab's training."""


@dataclass(frozen=True)
class OptimizerSettings:
    """AdamW, or plain SGD, with a linear warm-up and a cosine decay to zero."""

    learning_rate: float
    total_steps: int
    warmup_steps: int = 0
    betas: tuple[float, float] = (0.9, 0.95)
    eps: float = 1e-8
    weight_decay: float = 0.0
    algorithm: Literal["adamw", "sgd"] = "adamw"

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0; it is never zero, so that no step is wasted."""
        if step < self.warmup_steps:
            return self.learning_rate * (step + 1) / (self.warmup_steps + 1)
        done = (step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps)
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
