"""Tensors of micro-batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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
class Batch:
    """The tensors of one forward pass."""

    ids: torch.Tensor
    """[samples, padded length]. Padding is on the right, where causal attention hides it from all real tokens: no
    attention mask is needed."""
    positions: torch.Tensor
    """[loss tokens]: the flat positions whose predictions count."""
    targets: torch.Tensor
    """[loss tokens]: the tokens to predict there."""
    chunks: int = 1
    """The number of pieces that the loss is computed in: the same in all ranks, since ZeRO-3 communicates for each."""

    def to(self, device: torch.device) -> Batch:
        if device.type == "cpu":
            return self
        ids, positions, targets = (
            tensor.pin_memory().to(device, non_blocking=True) for tensor in (self.ids, self.positions, self.targets)
        )
        return Batch(ids, positions, targets, self.chunks)


def collate(samples: Sequence[Sample], padded_length: int, chunks: int = 1) -> Batch:
    """A micro-batch of samples. Without any, a pass over two zeros, whose loss must get the weight zero."""
    if not samples:
        nothing = torch.zeros(1, dtype=torch.long)
        return Batch(torch.zeros(1, 2, dtype=torch.long), nothing, nothing, chunks)
    ids = np.zeros((len(samples), padded_length), dtype=np.int64)
    loss_mask = np.zeros((len(samples), padded_length), dtype=bool)
    for row, sample in enumerate(samples):
        ids[row, : len(sample)] = np.frombuffer(sample.ids, dtype=np.int32)
        loss_mask[row, : len(sample)] = np.frombuffer(sample.loss_mask, dtype=bool)
    places = np.flatnonzero(loss_mask)
    targets = torch.from_numpy(ids.ravel()[places])
    return Batch(torch.from_numpy(ids), torch.from_numpy(places - 1), targets, chunks)
