"""The epoch plan: which samples go into which step, and into which forward pass of it, known before training starts.

A pure function of the samples' lengths, the batch size, the token cap, the seed and the epoch; so the steps, the
padding and the time left are known, and a resumed run goes on exactly where it was.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

PASS_COST = 256
"""What one more forward and backward pass costs, in padded tokens: padding beyond it is worth another pass.

Measured with the quickstart's student on one core: steps of 16 rows take 115 ms at 32, 101 ms at 64 and 94 ms from 128
to 400. tests/benchmarks/training_loop.py tells a pass's cost on a machine.
"""


@dataclass(frozen=True)
class MicroBatch:
    """The samples of one forward and backward pass, padded to the longest."""

    samples: tuple[int, ...]
    """Indices into the data set."""
    width: int
    """Tokens of the longest sample."""

    @property
    def padded_tokens(self) -> int:
        return len(self.samples) * self.width


@dataclass(frozen=True)
class Step:
    """One optimizer step: an effective batch."""

    ranks: tuple[tuple[MicroBatch, ...], ...]
    """The micro-batches of each process, in order."""

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
    steps: tuple[Step, ...]

    @cached_property
    def padded_tokens(self) -> int:
        return sum(step.padded_tokens for step in self.steps)


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

    lengths: tuple[int, ...]
    batch_size: int
    max_tokens: int
    seed: int
    epochs: int

    def epoch(self, epoch: int) -> EpochPlan:
        """Planned when it is asked for, so that a long run need not hold all its epochs."""
        return plan_epoch(
            self.lengths, batch_size=self.batch_size, max_tokens=self.max_tokens, seed=self.seed, epoch=epoch
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
        """Samples seen when so many steps are done."""
        epochs, rest = divmod(step, self.steps_per_epoch)
        return epochs * len(self.lengths) + rest * self.batch_size

    @cached_property
    def digest(self) -> str:
        """The same for the same plan."""
        text = repr((self.lengths, self.batch_size, self.max_tokens, self.seed, self.epochs, PASS_COST))
        return hashlib.sha256(text.encode()).hexdigest()

    def save_points(self, *, at_epoch: bool, save_samples: int, at_most: int | None = None) -> tuple[SavePoint, ...]:
        """Where checkpoints are written: at epoch ends, and whenever a multiple of `save_samples` was passed.

        The run's end is always one of them. With `at_most` an evenly spaced choice of them is kept.
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


def plan_epoch(lengths: Sequence[int], *, batch_size: int, max_tokens: int, seed: int, epoch: int) -> EpochPlan:
    """Shuffle all samples and cut them into effective batches of exactly `batch_size`; the last may be smaller.

    `lengths` are in tokens, none above `max_tokens`, which bounds the padded tokens of one pass.
    """
    order = list(range(len(lengths)))
    random.Random(f"{seed}/{epoch}").shuffle(order)
    batches = (order[start : start + batch_size] for start in range(0, len(order), batch_size))
    return EpochPlan(epoch, tuple(Step((group_by_length(batch, lengths, max_tokens),)) for batch in batches))


def group_by_length(batch: Sequence[int], lengths: Sequence[int], max_tokens: int) -> tuple[MicroBatch, ...]:
    """Micro-batches of samples of like length, longest first, with little padding and few passes."""
    groups: list[list[int]] = []
    width = padding = 0
    for sample in sorted(batch, key=lambda index: (-lengths[index], index)):
        length = lengths[sample]
        full = not groups or (len(groups[-1]) + 1) * width > max_tokens
        if full or padding + width - length > PASS_COST:
            groups.append([])
            width, padding = length, 0
        groups[-1].append(sample)
        padding += width - length
    return tuple(MicroBatch(tuple(group), lengths[group[0]]) for group in groups)
