"""What a back end does for the trainer, and the choice of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import torch

from core.training.engine.batches import Batch
from core.training.engine.model import LossModule
from core.training.engine.optimizer import OptimizerSettings
from core.training.engine.ranks import Ranks

WriteSnapshot = Callable[[Path, Ranks], None]
"""Writes weights and optimizer into a folder that all ranks share, and that they call at the same time."""


class Backend(Protocol):
    """Spreads a model, its gradients and its optimizer over ranks. Every rank calls the same methods in the same order.

    The gradients of a step are averaged over the ranks, so weights of losses contain the world size as a factor.
    """

    ranks: Ranks

    @property
    def state_format(self) -> str:
        """States of the same format are interchangeable, also between world sizes."""
        ...

    def prepare(self, module: LossModule, settings: OptimizerSettings) -> None:
        """Take the model, in float32 on the CPU and equal in all ranks, and make its optimizer."""
        ...

    def backward(self, batch: Batch, weight: float, *, last_micro_batch: bool) -> torch.Tensor:
        """Add the gradient of `weight` times the batch's sum of losses; returns that product, on the device."""
        ...

    def evaluate(self, batch: Batch, weight: float) -> torch.Tensor:
        """`weight` times the batch's sum of losses, without gradients and dropout, on the device."""
        ...

    def clip_and_step(self, learning_rate: float) -> torch.Tensor:
        """Clip the gradients, update the weights, clear the gradients; returns the norm before clipping.

        On the CPU weights are unchanged if the norm is not finite. On GPUs that check would wait for the device.
        """
        ...

    def copy_bytes(self) -> int | None:
        """The host memory of a copy of this rank's weights and optimizer; None where none can be made."""
        ...

    def snapshot(self, *, copy: bool) -> WriteSnapshot:
        """What writes weights and optimizer as they are now.

        Of a copy in host memory it may be called at any time, in another thread; otherwise before the next step.
        """
        ...

    def load_state(self, folder: Path) -> None:
        """Read what a snapshot wrote."""
        ...

    def export(self) -> dict[str, torch.Tensor]:
        """The whole model's weights by name, tied ones as the same tensor; in rank 0, and empty in the others."""
        ...
