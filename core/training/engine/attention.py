"""The kernel of attention, and whether it keeps packed samples apart.

Packed samples follow each other in one row, with position ids that restart at each. Transformers derives a mask or the
samples' borders from them. Models with other layers that mix tokens, such as Mamba's, need more than that, so every
training checks with the loaded model that a sample's losses do not depend on what is packed with it.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

import torch

from core.events import Reporter
from core.training.arguments import TrainArguments
from core.training.engine import varlen
from core.training.engine.startup_check import backward_once, losses_of, problem_of, random_samples, rounding
from core.training.engine.trainer import Trainer

Kernel = Literal["flash", "flex", "varlen", "sdpa"]

IMPLEMENTATIONS: dict[Kernel, str] = {
    "flash": "flash_attention_2",
    "flex": "flex_attention",
    "varlen": varlen.NAME,
    "sdpa": "sdpa",
}
"""The names of transformers."""

FLASH_CAPABILITY = (8, 0)
"""The lowest compute capability of a GPU that flash-attn supports: Ampere's."""

LEAK_SHARE = 0.1
"""Losses may differ by rounding, or by this share of the difference if the second sample sees the first."""


def kernels_to_try(settings: TrainArguments, capability: tuple[int, int] | None, *, bfloat16: bool) -> list[Kernel]:
    """The kernels that can pack samples, the best first; none means padding. `capability` is None on a processor."""
    if settings.attention == "padded":
        return []
    if settings.attention != "auto":
        return [settings.attention]
    if settings.disable_flash_attn:
        return []
    if capability is None:
        return ["varlen"]
    runs_flash = capability is not None and capability >= FLASH_CAPABILITY and bfloat16
    return ["flash", "flex"] if runs_flash and find_spec("flash_attn") is not None else ["flex"]


def enable_packing(settings: TrainArguments, trainer: Trainer, reporter: Reporter, *, bfloat16: bool) -> bool:
    """Set the model's kernel of attention; returns whether samples can be packed. All ranks get the same answer."""
    ranks, model = trainer.ranks, trainer.model
    capability = torch.cuda.get_device_capability(ranks.device) if ranks.device.type == "cuda" else None
    before = model.config._attn_implementation
    for kernel in kernels_to_try(settings, capability, bfloat16=bfloat16):
        problem = problem_with(kernel, trainer, bfloat16=bfloat16)
        if not any(ranks.any(problem is not None)):
            reporter.note("info", f"Samples are packed without padding; attention: {kernel}.")
            return True
        reporter.note(
            "info" if settings.attention == "auto" else "warning",
            f"Attention with {kernel} is not used: {problem or 'it fails in another process'}.",
            hint="Samples are padded instead, which does not change the result." if kernel != "flash" else "",
        )
    model.set_attn_implementation(before)
    return False


def problem_with(kernel: Kernel, trainer: Trainer, *, bfloat16: bool) -> str | None:
    """Why a kernel cannot be used with this model, as the end of a sentence; None if it can. It is set then."""
    try:
        if kernel == "varlen":
            varlen.register()
        trainer.model.set_attn_implementation(IMPLEMENTATIONS[kernel])
        if trainer.model.config._attn_implementation != IMPLEMENTATIONS[kernel]:
            return "this model does not support it"
        if not keeps_samples_apart(trainer, bfloat16=bfloat16):
            return "this model mixes packed samples"
        backward_once(trainer)
    except Exception as error:
        return problem_of(error)
    return None


def keeps_samples_apart(trainer: Trainer, *, bfloat16: bool) -> bool:
    """Whether the second of two packed samples has the losses that it has alone."""
    first, second = random_samples(trainer)
    alone = losses_of(trainer, [second])
    packed = losses_of(trainer, [first, second])
    mixed = losses_of(trainer, [first + second])
    error, leak = (packed - alone).abs().max(), (mixed - alone).abs().max()
    return bool(error <= torch.maximum(LEAK_SHARE * leak, rounding(alone, bfloat16=bfloat16)))
