from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.training.plan import NO_SAMPLES, EpochPlan, MicroBatch, TrainingPlan, group_by_length, plan_epoch

LENGTHS = random.Random(3).choices(range(5, 90), k=103)


def samples_of(plan: EpochPlan) -> list[list[int]]:
    return [[sample for rank in step.ranks for batch in rank for sample in batch.samples] for step in plan.steps]


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=80),
    batch_size=st.integers(1, 90),
    max_tokens=st.integers(60, 400),
    seed=st.integers(0, 3),
    packed=st.booleans(),
)
def test_plan_has_every_sample_once_within_the_cap(
    lengths: list[int], batch_size: int, max_tokens: int, seed: int, packed: bool
) -> None:
    plan = plan_epoch(lengths, batch_size=batch_size, max_tokens=max_tokens, seed=seed, epoch=0, packed=packed)
    steps = samples_of(plan)
    assert sorted(sample for step in steps for sample in step) == list(range(len(lengths)))
    assert all(len(step) == batch_size for step in steps[:-1])
    for step in plan.steps:
        for batch in step.ranks[0]:
            assert batch.padded_tokens <= max_tokens
            assert batch.padded_length == (sum if packed else max)(lengths[sample] for sample in batch.samples)
            assert batch.packed == packed


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=80),
    batch_size=st.integers(1, 90),
    max_tokens=st.integers(60, 200),
    world_size=st.integers(1, 5),
    packed=st.booleans(),
)
def test_ranks_share_each_step(
    lengths: list[int], batch_size: int, max_tokens: int, world_size: int, packed: bool
) -> None:
    loss_tokens = [length // 2 for length in lengths]
    options: dict[str, Any] = {"batch_size": batch_size, "max_tokens": max_tokens, "seed": 1, "epoch": 0}
    plan = plan_epoch(lengths, loss_tokens=loss_tokens, world_size=world_size, packed=packed, **options)
    alone = plan_epoch(lengths, loss_tokens=loss_tokens, **options)
    assert [sorted(step) for step in samples_of(plan)] == [sorted(step) for step in samples_of(alone)]
    for step, samples in zip(plan.steps, samples_of(plan), strict=True):
        assert step.num_loss_tokens == sum(loss_tokens[sample] for sample in samples)
        assert len(step.ranks) == world_size
        assert len({len(rank) for rank in step.ranks}) == 1  # micro-batches
        assert all(any(rank[pass_].samples for rank in step.ranks) for pass_ in range(len(step.ranks[0])))
        tokens = [sum(lengths[sample] for batch in rank for sample in batch.samples) for rank in step.ranks]
        assert max(tokens) - min(tokens) <= max(lengths[sample] for sample in samples)
        for batch in (batch for rank in step.ranks for batch in rank):
            assert batch.padded_tokens <= max_tokens
            longest = max((lengths[sample] for sample in batch.samples), default=0)
            of_all = sum(lengths[sample] for sample in batch.samples)
            assert batch.padded_length == (of_all if packed else longest)
        if packed:
            assert step.padded_tokens == sum(tokens)  # no padding


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=80),
    max_tokens=st.integers(60, 200),
    world_size=st.integers(1, 5),
)
def test_packing_changes_neither_effective_batches_nor_ranks(
    lengths: list[int], max_tokens: int, world_size: int
) -> None:
    packed, padded = (
        plan_epoch(lengths, batch_size=30, max_tokens=max_tokens, seed=1, epoch=0, world_size=world_size, packed=each)
        for each in (True, False)
    )
    for one, other in zip(packed.steps, padded.steps, strict=True):
        assert one.num_loss_tokens == other.num_loss_tokens
        for mine, theirs in zip(one.ranks, other.ranks, strict=True):
            assert {each for batch in mine for each in batch.samples} == {
                each for batch in theirs for each in batch.samples
            }


def test_packed_passes_of_a_rank_are_equally_long() -> None:
    plan = plan_epoch(LENGTHS, batch_size=100, max_tokens=500, seed=1, epoch=0, world_size=2, packed=True)
    for rank in plan.steps[0].ranks:
        tokens = [batch.padded_tokens for batch in rank]
        assert len(tokens) == -(-sum(tokens) // 500)
        assert max(tokens) <= 1.02 * min(tokens)


def test_more_ranks_than_samples_get_passes_without_samples() -> None:
    (step,) = plan_epoch([7, 5], batch_size=8, max_tokens=100, seed=1, epoch=0, world_size=4).steps
    assert step.ranks == ((MicroBatch((0,), 7, 7),), (MicroBatch((1,), 5, 5),), (NO_SAMPLES,), (NO_SAMPLES,))


def test_plan_is_deterministic() -> None:
    plan = plan_epoch(LENGTHS, batch_size=16, max_tokens=500, seed=1, epoch=2)
    assert plan == plan_epoch(LENGTHS, batch_size=16, max_tokens=500, seed=1, epoch=2)
    for seed, epoch in ((2, 2), (1, 3)):
        assert samples_of(plan) != samples_of(
            plan_epoch(LENGTHS, batch_size=16, max_tokens=500, seed=seed, epoch=epoch)
        )


def test_token_cap_does_not_change_effective_batches() -> None:
    plans = [plan_epoch(LENGTHS, batch_size=16, max_tokens=cap, seed=1, epoch=0) for cap in (90, 10_000)]
    first, second = ([set(step) for step in samples_of(plan)] for plan in plans)
    assert first == second


def test_batches_mix_neighbouring_rows() -> None:
    """Eight rows of a fact side by side must not share a batch: measured, such a student learns next to nothing."""
    steps = samples_of(plan_epoch([20] * 800, batch_size=16, max_tokens=1000, seed=1, epoch=0))
    facts = [len({sample // 8 for sample in step}) for step in steps]
    assert min(facts) >= 12


def test_group_by_length_weighs_padding_against_passes() -> None:
    lengths = [400, 100, 390, 95]
    assert [batch.samples for batch in group_by_length(range(4), lengths, 5000)] == [(0, 2), (1, 3)]
    assert [batch.samples for batch in group_by_length(range(4), [60, 40, 35, 20], 5000)] == [(0, 1, 2, 3)]


def test_padding_is_small_compared_to_one_pass_per_step() -> None:
    lengths = [10 * length for length in LENGTHS]
    plan = plan_epoch(lengths, batch_size=16, max_tokens=40960, seed=1, epoch=0)
    one_pass = sum(max(lengths[sample] for sample in step) * len(step) for step in samples_of(plan))
    assert sum(lengths) / plan.padded_tokens > 0.9 > sum(lengths) / one_pass
    assert plan.padding(sum(lengths)) == pytest.approx(1 - sum(lengths) / plan.padded_tokens)
    packed = plan_epoch(lengths, batch_size=16, max_tokens=40960, seed=1, epoch=0, packed=True)
    assert packed.padding(sum(lengths)) == 0


@pytest.mark.parametrize("epochs", [1, 3])
def test_totals_equal_the_epochs(epochs: int) -> None:
    plan = TrainingPlan(tuple(LENGTHS), 16, 500, 1, epochs)
    steps = list(plan.steps())
    assert plan.total_steps == len(steps)
    assert plan.total_samples == sum(step.samples for step in steps)
    assert list(plan.steps(plan.total_steps - 2)) == steps[-2:]
    assert list(plan.steps(3)) == steps[3:]
    seen = 0
    for done, step in enumerate(steps, 1):
        seen += step.samples
        assert plan.samples_after(done) == seen


def test_digest_distinguishes_plans() -> None:
    plan = TrainingPlan((5, 6), 2, 100, 1, 1)
    assert plan.digest == TrainingPlan((5, 6), 2, 100, 1, 1).digest
    assert plan.digest == TrainingPlan((5, 6), 2, 200, 1, 1, world_size=4).digest
    assert len({plan.digest, TrainingPlan((5, 7), 2, 100, 1, 1).digest, TrainingPlan((5, 6), 2, 100, 2, 1).digest}) == 3


@pytest.mark.parametrize(
    ("at_epoch", "save_samples", "at_most", "expected"),
    [
        (True, 0, None, [103, 206, 309, 412]),
        (True, 0, 3, [103, 309, 412]),
        (True, 0, 2, [206, 412]),
        (True, 0, 1, [412]),
        (False, 0, None, [412]),
        # 100 and 200 are no multiples of the batch size: the first step past them counts.
        (False, 200, None, [206, 405, 412]),
        (False, 100, None, [103, 206, 302, 405, 412]),
        (True, 150, None, [103, 151, 206, 302, 309, 412]),
        (False, 10_000, None, [412]),
    ],
)
def test_save_points(at_epoch: bool, save_samples: int, at_most: int | None, expected: list[int]) -> None:
    plan = TrainingPlan(tuple(LENGTHS), 16, 500, 1, 4)
    points = plan.save_points(at_epoch=at_epoch, save_samples=save_samples, at_most=at_most)
    assert [point.samples for point in points] == expected
    assert all(plan.samples_after(point.step) == point.samples for point in points)
