"""Tensors of micro-batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from core.training.masking import Sample


class Samples(Protocol):
    """The tokenised samples of a training, by index."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Sample:
        """Ids (int32) and loss mask (one byte for each token)."""
        ...


@dataclass(frozen=True)
class Packed:
    """Where the samples of a packed row begin."""

    position_ids: torch.Tensor
    """[1, tokens]: counted from 0 in each sample. Attention masks and kernels take the samples' borders from them."""
    borders: torch.Tensor
    """[samples + 1], int32: the first flat position of each sample, and the end of the last (`cu_seqlens`)."""
    longest: int
    """Tokens of the longest sample."""

    @classmethod
    def of(cls, lengths: Sequence[int]) -> Packed:
        """A row of samples with these lengths."""
        borders = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(borders[-1]) - np.repeat(borders[:-1], lengths)
        return cls(torch.from_numpy(positions).unsqueeze(0), torch.from_numpy(borders.astype(np.int32)), max(lengths))


@dataclass(frozen=True)
class Batch:
    """The tensors of one forward pass."""

    ids: torch.Tensor
    """[samples, padded length], or packed [1, tokens]. Padding is on the right, where causal attention hides it from
    all real tokens: no attention mask is needed."""
    positions: torch.Tensor
    """[loss tokens]: the flat positions whose predictions count."""
    targets: torch.Tensor
    """[loss tokens]: the tokens to predict there."""
    chunks: int = 1
    """The number of pieces that the loss is computed in: the same in all ranks, since ZeRO-3 communicates for each."""
    packed: Packed | None = None
    """None where each sample has a row of its own."""

    @property
    def arguments(self) -> tuple[Any, ...]:
        """The arguments of the forward pass of a LossModule."""
        row = (self.packed.position_ids, self.packed.borders, self.packed.longest) if self.packed else ()
        return (self.ids, self.positions, self.targets, self.chunks, *row)

    def to(self, device: torch.device) -> Batch:
        if device.type == "cpu":
            return self

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.pin_memory().to(device, non_blocking=True)

        row = self.packed and Packed(moved(self.packed.position_ids), moved(self.packed.borders), self.packed.longest)
        return Batch(moved(self.ids), moved(self.positions), moved(self.targets), self.chunks, row)


def collate(samples: Sequence[Sample], padded_length: int, chunks: int = 1, *, packed: bool = False) -> Batch:
    """A micro-batch of samples. Without any, a pass over two zeros, whose loss must get the weight zero."""
    if not samples:
        nothing = torch.zeros(1, dtype=torch.long)
        return Batch(torch.zeros(1, 2, dtype=torch.long), nothing, nothing, chunks)
    rows = 1 if packed else len(samples)
    ids = np.zeros((rows, padded_length), dtype=np.int64)
    loss_mask = np.zeros((rows, padded_length), dtype=bool)
    start = 0
    for row, sample in enumerate(samples):
        place = (0, slice(start, start + len(sample))) if packed else (row, slice(len(sample)))
        ids[place] = np.frombuffer(sample.ids, dtype=np.int32)
        loss_mask[place] = np.frombuffer(sample.loss_mask, dtype=bool)
        start += len(sample)
    places = np.flatnonzero(loss_mask)
    targets = torch.from_numpy(ids.ravel()[places])
    layout = Packed.of([len(sample) for sample in samples]) if packed and len(samples) > 1 else None
    return Batch(torch.from_numpy(ids), torch.from_numpy(places - 1), targets, chunks, layout)
