"""The kernel of attention, and whether it keeps packed samples apart.

Packed samples follow each other in one row, with position ids that restart at each. Transformers derives a mask or the
samples' borders from them. Models with other layers that mix tokens, such as Mamba's, need more than that, so every
training checks with the loaded model that a sample's losses do not depend on what is packed with it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal

import torch

from core.errors import LabtopError
from core.events import Reporter
from core.training.arguments import TrainArguments
from core.training.engine.batches import Batch, collate
from core.training.engine.trainer import Trainer
from core.training.masking import Sample

Kernel = Literal["flash", "flex", "sdpa"]

IMPLEMENTATIONS: dict[Kernel, str] = {"flash": "flash_attention_2", "flex": "flex_attention", "sdpa": "sdpa"}
"""The names of transformers."""

FLASH_CAPABILITY = (8, 0)
"""The lowest compute capability of a GPU that flash-attn supports: Ampere's."""

CHECK_LENGTHS = (24, 16)
"""Tokens of the samples that are packed for the check."""

CHECK_POSITIONS = (1, 4, 15)
"""The tokens of the second sample whose losses are compared."""

LEAK_SHARE = 0.1
"""The losses may differ by this share of the difference that arises when the second sample sees the first, …"""

ROUNDING = 1e-4
"""… or by this share of the loss in float32, …"""

ROUNDING_BFLOAT16 = 5e-3
"""… and by this one in bfloat16, whichever is larger."""


def kernels_to_try(settings: TrainArguments, capability: tuple[int, int] | None, *, bfloat16: bool) -> list[Kernel]:
    """The kernels that can pack samples, the best first; none means padding. `capability` is None on a processor."""
    if settings.attention == "padded" or (settings.attention == "auto" and capability is None):
        return []
    if settings.attention != "auto":
        return [settings.attention]
    if settings.disable_flash_attn:
        return []
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
            reporter.note("info", f"Samples are packed without padding; attention: {IMPLEMENTATIONS[kernel]}.")
            return True
        reporter.note(
            "info" if settings.attention == "auto" else "warning",
            f"Attention with {IMPLEMENTATIONS[kernel]} is not used: {problem or 'it fails in another process'}.",
            hint="Samples are padded instead, which does not change the result." if kernel != "flash" else "",
        )
    model.set_attn_implementation(before)
    return False


def problem_with(kernel: Kernel, trainer: Trainer, *, bfloat16: bool) -> str | None:
    """Why a kernel cannot be used with this model, as the end of a sentence; None if it can. It is set then."""
    try:
        trainer.model.set_attn_implementation(IMPLEMENTATIONS[kernel])
        if trainer.model.config._attn_implementation != IMPLEMENTATIONS[kernel]:
            return "this model does not support it"
        if not keeps_samples_apart(trainer, bfloat16=bfloat16):
            return "this model mixes packed samples"
        _backward_once(trainer)
    except (torch.OutOfMemoryError, LabtopError):
        raise
    except Exception as error:  # compilers of kernels raise errors of many kinds
        return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
    return None


def keeps_samples_apart(trainer: Trainer, *, bfloat16: bool) -> bool:
    """Whether the second of two packed samples has the losses that it has alone."""
    draw = torch.Generator().manual_seed(7)
    first, second = (
        torch.randint(0, trainer.module.vocabulary, (length,), generator=draw).tolist() for length in CHECK_LENGTHS
    )
    alone = _losses(trainer, [second])
    packed = _losses(trainer, [first, second])
    mixed = _losses(trainer, [first + second])
    error, leak = (packed - alone).abs().max(), (mixed - alone).abs().max()
    rounding = (ROUNDING_BFLOAT16 if bfloat16 else ROUNDING) * alone.abs().max()
    return bool(error <= torch.maximum(LEAK_SHARE * leak, rounding))


def _losses(trainer: Trainer, texts: Sequence[list[int]]) -> torch.Tensor:
    """The losses that are compared, of a row that ends with the second sample; on the CPU."""
    return torch.stack([trainer.backend.evaluate(_row(texts, [place]), 1.0).cpu() for place in CHECK_POSITIONS])


def _row(texts: Sequence[list[int]], places: Sequence[int]) -> Batch:
    """A packed row of texts with the second sample at its end, whose tokens at `places` the loss covers."""
    row = [token for text in texts for token in text]
    start = len(row) - CHECK_LENGTHS[1]
    mask = bytes(place - start in places for place in range(len(row)))
    samples, begin = [], 0
    for text in texts:
        end = begin + len(text)
        samples.append(Sample(array("i", text), mask[begin:end]))
        begin = end
    return collate(samples, len(row), packed=True)


def _backward_once(trainer: Trainer) -> None:
    """Run a backward pass without effect: kernels are compiled for it separately."""
    texts = [[token % trainer.module.vocabulary for token in range(length)] for length in CHECK_LENGTHS]
    # For DeepSpeed the end of a step is more than the end of a backward pass.
    last = trainer.backend.state_format == "torch"
    trainer.backend.backward(_row(texts, CHECK_POSITIONS), 0.0, last_micro_batch=last)
    for parameter in trainer.module.parameters():
        parameter.grad = None
