"""Liger's kernels for GPUs (the package liger-kernel): the loss without logits in memory, and the model's layers."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import torch

from core.errors import LabtopError
from core.events import Reporter
from core.training.arguments import TrainArguments
from core.training.engine.startup_check import backward_once, losses_of, problem_of, random_samples, rounding
from core.training.engine.trainer import Trainer
from core.training.launch import shards_head


def enable_liger(settings: TrainArguments, trainer: Trainer, reporter: Reporter, *, bfloat16: bool) -> None:
    """Use Liger's kernels as the options say: by default the loss, where the package is installed.

    With `on` the layers use them, too; this cannot be undone, so losses that differ then are an error.
    """
    on_gpu = trainer.ranks.device.type == "cuda"
    if settings.use_liger == "off" or not on_gpu or find_spec("liger_kernel") is None or shards_head(settings):
        return
    problem = switch_to_liger(trainer, layers=settings.use_liger == "on", bfloat16=bfloat16)
    if not any(trainer.ranks.any(problem is not None)):
        reporter.note("info", "The loss is computed by Liger's fused kernel.")
        return
    sentence = f"Liger's kernels are not used: {problem or 'they fail in another process'}."
    if settings.use_liger == "on":
        raise LabtopError(sentence, hint="Leave out --use-liger on.", code="invalid-kernels")
    trainer.module.fused_loss = None
    reporter.note("info", sentence)


def switch_to_liger(trainer: Trainer, *, layers: bool, bfloat16: bool) -> str | None:
    """Compute the loss with Liger, and with `layers` the model's layers; why that fails, as the end of a sentence."""
    module = trainer.module
    if not module.can_fuse:
        return "the output layer of this model is not known"
    try:
        samples = [random_samples(trainer)[1]]
        before = losses_of(trainer, samples)
        if layers:
            patch_layers(trainer.model)
        module.fused_loss = fused_loss(module.soft_cap)
        difference = (losses_of(trainer, samples) - before).abs().max()
        if not difference <= rounding(before, bfloat16=bfloat16):
            return "the losses are others with them"
        backward_once(trainer)
    except Exception as error:
        return problem_of(error)
    return None


def fused_loss(soft_cap: float | None) -> Any:
    """A function of the output layer's weight, the hidden states and the targets: the sum of the losses."""
    from liger_kernel.transformers import LigerFusedLinearCrossEntropyLoss

    return LigerFusedLinearCrossEntropyLoss(reduction="sum", softcap=soft_cap, accum_dtype=torch.float32)


def patch_layers(model: Any) -> None:
    """Compute a model's RMSNorm, rotary embeddings and SwiGLU with Liger, if it knows the model's type."""
    from liger_kernel.transformers import _apply_liger_kernel_to_instance

    _apply_liger_kernel_to_instance(model=model, cross_entropy=False, fused_linear_cross_entropy=False)
