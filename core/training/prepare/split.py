"""Samples held out of training, to compute the validation loss on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from core.errors import LabtopError
from core.training.masking import Sample
from core.training.prepare.cache import CachedSamples

Indices = np.ndarray[Any, np.dtype[np.int64]]


class SampleSubset(Sequence[Sample]):
    """Some of the tokenised samples, in their order."""

    def __init__(self, samples: CachedSamples, indices: Indices) -> None:
        self._samples = samples
        self.indices = indices
        """[subset]: positions among all samples, ascending."""
        self.lengths = samples.lengths[indices]
        """[subset]: the tokens of each sample."""
        self.loss_tokens = samples.loss_tokens[indices]
        """[subset]: the loss tokens of each sample."""

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Sample: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sample]: ...

    def __getitem__(self, index: int | slice) -> Sample | Sequence[Sample]:
        if isinstance(index, slice):
            return [self._samples[int(each)] for each in self.indices[index]]
        return self._samples[int(self.indices[index])]


def split_samples(samples: CachedSamples, share: float, seed: int) -> tuple[SampleSubset, SampleSubset]:
    """The samples to train on, and about `share` of all to validate on.

    Which ones depends on their tokens and the seed alone, so it is the same in every process and attempt. Samples of
    equal tokens are on the same side, and each side has at least one. Raises LabtopError when all samples are equal.
    """
    groups: dict[bytes, list[int]] = {}
    for index, sample in enumerate(samples):
        digest = hashlib.blake2b(sample.ids.tobytes(), digest_size=16, key=str(seed).encode()).digest()
        groups.setdefault(digest, []).append(index)
    if len(groups) < 2:
        raise LabtopError(
            "All samples are equal: none can be held out for the validation loss.",
            hint="Leave out --validation-split, or add samples.",
            code="nothing-to-validate",
        )
    wanted = max(1, round(share * len(samples)))
    in_order = [groups[digest] for digest in sorted(groups)]
    held_out: list[int] = []
    for group in in_order:
        if len(held_out) + len(group) <= wanted:
            held_out += group
    held_out = held_out or min(in_order, key=len)
    chosen = np.zeros(len(samples), dtype=bool)
    chosen[held_out] = True
    return SampleSubset(samples, np.flatnonzero(~chosen)), SampleSubset(samples, np.flatnonzero(chosen))
