"""DistributedDataParallel: every rank has the whole model, and gradients are averaged."""

from __future__ import annotations

import warnings

import torch
from torch.nn.parallel import DistributedDataParallel

from core.training.engine.model import LossModule
from core.training.engine.single import SingleBackend


class DDPBackend(SingleBackend):
    """Weights and optimizer are the same in all ranks."""

    def _spread(self, module: LossModule) -> torch.nn.Module:
        on_device = super()._spread(module)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # the new name of broadcast_buffers is not in all versions
            self.wrapped = DistributedDataParallel(on_device, broadcast_buffers=False, gradient_as_bucket_view=True)
        return self.wrapped

    def _synchronize(self, last_micro_batch: bool) -> None:
        self.wrapped.require_backward_grad_sync = last_micro_batch
