"""Losses of random samples with the model, the kernels and the back end of a training, compared at its start."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import torch

from core.errors import LabtopError
from core.training.engine.batches import Batch, collate
from core.training.engine.trainer import Trainer
from core.training.masking import Sample

LENGTHS = (24, 16)
"""Tokens of the samples."""

PLACES = (1, 4, 15)
"""The tokens of the second sample whose losses are compared."""

ROUNDING = 1e-4
"""The relative rounding error of a loss in float32, …"""

ROUNDING_BFLOAT16 = 5e-3
"""… and in bfloat16."""


def random_samples(trainer: Trainer) -> tuple[list[int], list[int]]:
    """Two samples, the same in all ranks."""
    draw = torch.Generator().manual_seed(7)
    first, second = (
        torch.randint(0, trainer.module.vocabulary, (length,), generator=draw).tolist() for length in LENGTHS
    )
    return first, second


def losses_of(trainer: Trainer, texts: Sequence[Sequence[int]]) -> torch.Tensor:
    """The losses that are compared, of a packed row that ends with the second sample; on the CPU."""
    return torch.stack([trainer.backend.evaluate(_row(texts, [place]), 1.0).cpu() for place in PLACES])


def rounding(losses: torch.Tensor, *, bfloat16: bool) -> torch.Tensor:
    """The largest difference from these losses that rounding explains."""
    return (ROUNDING_BFLOAT16 if bfloat16 else ROUNDING) * losses.abs().max()


def backward_once(trainer: Trainer) -> None:
    """Run a backward pass without effect: kernels are compiled for it separately."""
    # For DeepSpeed the end of a step is more than the end of a backward pass.
    last = trainer.backend.state_format == "torch"
    trainer.backend.backward(_row(random_samples(trainer), PLACES), 0.0, last_micro_batch=last)
    for parameter in trainer.module.parameters():
        parameter.grad = None


def problem_of(error: Exception) -> str:
    """The first line of an error, as the end of a sentence; compilers of kernels raise errors of many kinds.

    Missing memory and our own errors are raised again.
    """
    if isinstance(error, (torch.OutOfMemoryError, LabtopError)):
        raise error
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__


def _row(texts: Sequence[Sequence[int]], places: Sequence[int]) -> Batch:
    """A packed row of texts with the second sample at its end, whose tokens at `places` the loss covers."""
    row = [token for text in texts for token in text]
    start = len(row) - LENGTHS[1]
    mask = bytes(place - start in places for place in range(len(row)))
    samples, begin = [], 0
    for text in texts:
        end = begin + len(text)
        samples.append(Sample(array("i", text), mask[begin:end]))
        begin = end
    return collate(samples, len(row), packed=True)
