"""The epoch plan: the samples of each step and of each of its micro-batches, known before training starts.

It is a pure function of the samples' lengths and loss tokens, the batch size, the token cap, the number of ranks, the
seed and the epoch. So the steps, the padding and the time left are known, a resumed run continues exactly where it
stopped, and every rank knows the loss tokens of all ranks without communication.
"""

from __future__ import annotations

import hashlib
import random
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heapreplace
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

FORWARD_OVERHEAD_TOKENS = 256
"""The overhead of another forward and backward pass, in padded tokens: more padding than this is worth another pass.

Measured with the quickstart's student on one core: steps of 16 rows take 115 ms at 32, 101 ms at 64 and 94 ms from 128
to 400. tests/benchmarks/training_loop.py measures it on a machine.
"""

INDEX_BITS = 32
INDEX = (1 << INDEX_BITS) - 1
"""The part of a sample's key that is its index in the data set."""


class MicroBatch(NamedTuple):
    """The samples of one forward and backward pass: a row for each, padded to the longest, or all in one row.

    A tuple is made three times as fast as a frozen dataclass, and an epoch has hundreds of thousands of passes.
    """

    samples: tuple[int, ...]
    """Indices into the data set. Empty where only other ranks have samples left: such a pass has no weight, and keeps
    the ranks' communication in step."""
    padded_length: int
    """Tokens of a row: of the longest sample, or when packed of all samples."""
    num_loss_tokens: int
    packed: bool = False
    """Whether the samples follow each other in one row, without padding."""

    @property
    def padded_tokens(self) -> int:
        return self.padded_length if self.packed else len(self.samples) * self.padded_length


NO_SAMPLES = MicroBatch((), 0, 0)


@dataclass(frozen=True)
class OptimizerStep:
    """One optimizer step: an effective batch."""

    ranks: tuple[tuple[MicroBatch, ...], ...]
    """The micro-batches of each process, in order; all processes have the same number."""

    @cached_property
    def num_loss_tokens(self) -> int:
        """Of all ranks: what the sum of the losses is divided by."""
        return sum(batch.num_loss_tokens for rank in self.ranks for batch in rank)

    @cached_property
    def samples(self) -> int:
        return sum(len(batch.samples) for rank in self.ranks for batch in rank)

    @cached_property
    def padded_tokens(self) -> int:
        return sum(batch.padded_tokens for rank in self.ranks for batch in rank)


@dataclass(frozen=True)
class EpochPlan:
    """All steps of one pass over the data."""

    epoch: int
    """Counted from 0."""
    steps: tuple[OptimizerStep, ...]

    @cached_property
    def padded_tokens(self) -> int:
        return sum(step.padded_tokens for step in self.steps)

    def padding(self, tokens: int) -> float:
        """The share of the computed tokens that is padding, from 0 to 1; `tokens` are those of all samples."""
        return 1 - tokens / self.padded_tokens if self.padded_tokens else 0.0


@dataclass(frozen=True)
class SavePoint:
    """A step after which a checkpoint is written."""

    step: int
    """Steps done, over all epochs."""
    samples: int
    """Samples seen, over all epochs; the checkpoint's name."""


@dataclass(frozen=True)
class TrainingPlan:
    """All epochs of a run."""

    lengths: Sequence[int]
    """Tokens of each sample."""
    batch_size: int
    """Samples of an optimizer step, over all ranks."""
    max_tokens: int
    """The most padded tokens of one pass on one rank."""
    seed: int
    epochs: int
    loss_tokens: Sequence[int] | None = None
    """Loss tokens of each sample; None counts every token."""
    world_size: int = 1
    """The number of ranks."""
    packed: bool = False
    """Whether the samples of a pass are packed into one row, which requires attention that keeps them apart."""

    def steps(self, done: int = 0) -> Iterator[OptimizerStep]:
        """The steps of all epochs after the first `done`. Each is planned when its turn comes: a long run holds one."""
        first_epoch, first_step = divmod(done, self.steps_per_epoch)
        for epoch in range(first_epoch, self.epochs):
            yield from plan_steps(
                self.lengths,
                loss_tokens=self.loss_tokens,
                batch_size=self.batch_size,
                max_tokens=self.max_tokens,
                seed=self.seed,
                epoch=epoch,
                world_size=self.world_size,
                packed=self.packed,
                first_step=first_step if epoch == first_epoch else 0,
            )

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.lengths) // self.batch_size)

    @property
    def total_steps(self) -> int:
        return self.steps_per_epoch * self.epochs

    @property
    def total_samples(self) -> int:
        return len(self.lengths) * self.epochs

    def samples_after(self, step: int) -> int:
        """Samples seen after a number of steps."""
        epochs, rest = divmod(step, self.steps_per_epoch)
        return epochs * len(self.lengths) + rest * self.batch_size

    def epochs_after(self, step: int) -> float:
        """Epochs done after a number of steps."""
        return self.samples_after(step) / len(self.lengths)

    @cached_property
    def digest(self) -> str:
        """A hash of what determines the samples of each step. Their split into ranks and passes is not part of it."""
        digest = hashlib.sha256(array("q", self.lengths).tobytes())
        digest.update(repr((self.batch_size, self.seed, self.epochs)).encode())
        return digest.hexdigest()

    def save_points(self, *, at_epoch: bool, save_samples: int, at_most: int | None = None) -> tuple[SavePoint, ...]:
        """The steps after which checkpoints are written: at epoch ends, and after each multiple of `save_samples`.

        The end of the run is always one of them. With `at_most` an evenly spaced selection is kept.
        """
        points = []
        for step in range(1, self.total_steps + 1):
            samples = self.samples_after(step)
            crossed = save_samples > 0 and samples // save_samples > self.samples_after(step - 1) // save_samples
            if step == self.total_steps or crossed or (at_epoch and step % self.steps_per_epoch == 0):
                points.append(SavePoint(step, samples))
        if at_most is None or len(points) <= at_most:
            return tuple(points)
        return tuple(points[round(len(points) * (index + 1) / at_most) - 1] for index in range(at_most))


def plan_epoch(lengths: Sequence[int], *, epoch: int, **options: Any) -> EpochPlan:
    """All steps of an epoch, with the options of `plan_steps`."""
    return EpochPlan(epoch, tuple(plan_steps(lengths, epoch=epoch, **options)))


def plan_steps(
    lengths: Sequence[int],
    *,
    batch_size: int,
    max_tokens: int,
    seed: int,
    epoch: int,
    loss_tokens: Sequence[int] | None = None,
    world_size: int = 1,
    packed: bool = False,
    first_step: int = 0,
) -> Iterator[OptimizerStep]:
    """Shuffle all samples and split them into effective batches of exactly `batch_size`; the last may be smaller.

    `lengths` are in tokens, none above `max_tokens`, which bounds the tokens of one pass, padding included. The
    effective batches and the samples of each rank are the same with and without packing. Yields the steps from
    `first_step` on, counted from 0.
    """
    loss_tokens = lengths if loss_tokens is None else loss_tokens
    keys = array("q", _keys(range(len(lengths)), lengths).tobytes())
    random.Random(f"{seed}/{epoch}").shuffle(keys)
    for start in range(first_step * batch_size, len(keys), batch_size):
        batch = sorted(keys[start : start + batch_size])
        shares = balance(batch, world_size) if world_size > 1 else [batch]
        if packed:
            ranks = pack(shares, max_tokens, loss_tokens)
        else:
            ranks = [_group(share, max_tokens, loss_tokens) for share in shares]
        passes = max(map(len, ranks))
        yield OptimizerStep(tuple([rank + (NO_SAMPLES,) * (passes - len(rank)) for rank in ranks]))


def _keys(samples: Sequence[int], lengths: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """A number for each sample that has its negative length above the index.

    So sorted keys have the longest sample first, and the lower index first among equal lengths. A sample's length is
    read once, in order: a million lengths, read by random index, are waited for in the processor's caches.
    """
    import numpy as np  # here, because the workbench imports this module at its start

    indices = np.asarray(samples, np.int64)
    return (-np.asarray(lengths, np.int64)[indices] << INDEX_BITS) + indices


def balance(keys: Sequence[int], parts: int) -> list[list[int]]:
    """The samples of each rank or pass: the longest one left is given to that with the fewest tokens.

    The keys are sorted, and so are those of each part. This is the LPT rule (Graham, 1969): the parts differ by at most
    the longest sample's tokens.
    """
    shares: list[list[int]] = [[] for _ in range(parts)]
    loads = list(range(parts))
    """tokens * parts + part: sorted like (tokens, part), and compared faster."""
    for key in keys:
        load = loads[0]
        shares[load % parts].append(key)
        heapreplace(loads, load - (key >> INDEX_BITS) * parts)
    return shares


def group_by_length(
    batch: Sequence[int], lengths: Sequence[int], max_tokens: int, loss_tokens: Sequence[int] | None = None
) -> tuple[MicroBatch, ...]:
    """Micro-batches of samples of similar length, longest first, with little padding and few passes."""
    return _group(sorted(_keys(batch, lengths).tolist()), max_tokens, lengths if loss_tokens is None else loss_tokens)


def _group(keys: Sequence[int], max_tokens: int, loss_tokens: Sequence[int]) -> tuple[MicroBatch, ...]:
    """`group_by_length` of samples by their sorted keys."""
    samples = tuple([key & INDEX for key in keys])
    counted = [loss_tokens[sample] for sample in samples]
    groups = []
    first = end = padded_length = padding = 0
    for position, key in enumerate(keys):
        length = -(key >> INDEX_BITS)
        padding += padded_length - length
        if position == end or padding > FORWARD_OVERHEAD_TOKENS:
            if position:
                groups.append(MicroBatch(samples[first:position], padded_length, sum(counted[first:position])))
            first, padded_length, padding = position, length, 0
            end = position + max(1, max_tokens // length)  # as many rows as the cap allows
    if keys:
        groups.append(MicroBatch(samples[first:], padded_length, sum(counted[first:])))
    return tuple(groups)


def pack(shares: Sequence[Sequence[int]], max_tokens: int, loss_tokens: Sequence[int]) -> list[tuple[MicroBatch, ...]]:
    """Packed micro-batches of each rank's samples: as few as `max_tokens` allows, of nearly equal length.

    The ranks get the same number of passes, so that they wait little for each other, except that one with fewer samples
    than passes has fewer. A rank's samples are given by their sorted keys.
    """
    passes = max(-(-_tokens(share) // max_tokens) for share in shares)
    while True:
        bins = [balance(share, passes) if passes > 1 else [share] for share in shares]
        sizes = [[_tokens(each) for each in rank] for rank in bins]
        if max(map(max, sizes)) <= max_tokens:
            break
        passes += 1
    ranks = []
    for rank, rank_sizes in zip(bins, sizes, strict=True):
        batches = []
        for keys, size in zip(rank, rank_sizes, strict=True):
            if keys:
                samples = tuple([key & INDEX for key in keys])
                counted = sum([loss_tokens[sample] for sample in samples])
                batches.append(MicroBatch(samples, size, counted, True))
        ranks.append(tuple(batches))
    return ranks


def _tokens(keys: Sequence[int]) -> int:
    return -sum([key >> INDEX_BITS for key in keys])
