"""Curves in bounded memory."""

from __future__ import annotations

from itertools import pairwise
from math import isnan, nan

import pytest

from core.events import Event
from core.jobs.state import curves
from core.jobs.state.curves import POINTS, Curve
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce


def curve_of(steps: int, spike: int = -1) -> Curve:
    curve = Curve()
    for step in range(steps):
        curve.add(step, 99.0 if step == spike else 1 / (step + 1))
    return curve


@pytest.mark.parametrize("steps", [0, 1, 2, 3, POINTS - 5])
def test_short_curve_is_exact(steps: int) -> None:
    assert curve_of(steps).points() == [(step, 1 / (step + 1)) for step in range(steps)]


def test_long_curve_is_bounded_and_keeps_spike_and_newest_point() -> None:
    curve = curve_of(300_001, spike=123_457)
    points = curve.points()
    assert POINTS / 4 < len(points) <= POINTS
    assert (123_457, 99.0) in points
    assert points[-1] == curve.newest == (300_000, 1 / 300_001)
    gaps = [after[0] - before[0] for before, after in pairwise(points)]
    assert points[0][0] == 0
    assert max(gaps) <= 4 * curve.stride  # everywhere as fine as anywhere


def test_repeated_step_replaces_the_earlier_one() -> None:
    curve = curve_of(10)
    curve.add(4, 7.0)
    curve.add(4, 8.0)
    assert dict(curve.points())[4] == 8.0
    assert len(curve) == 10


def test_non_finite_value_shows_only_as_the_newest() -> None:
    curve = curve_of(4)
    curve.add(4, nan)
    assert isnan(curve.points()[-1][1])
    curve.add(5, 1.0)
    assert [step for step, _ in curve.points()] == [0, 1, 2, 3, 5]


def test_cost_of_many_steps_is_linear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Points that are copied or moved for each step, however many came before."""
    moved = 0
    real_copy, real_extremes = Curve.copy, curves._extremes

    def copying(curve: Curve) -> Curve:
        nonlocal moved
        moved += len(curve)
        return real_copy(curve)

    def moving(points: list[curves.Point]) -> dict[int, float]:
        nonlocal moved
        moved += len(points)
        return real_extremes(points)

    monkeypatch.setattr(Curve, "copy", copying)
    monkeypatch.setattr(curves, "_extremes", moving)
    costs = []
    for steps in (20_000, 80_000):
        moved, state = 0, JobState()
        for start in range(0, steps, 200):
            events = [
                Event(step, 1.0, 1.0, "metric", "train", {"step": step, "values": {"loss": 1.0}})
                for step in range(start, start + 200)
            ]
            state = reduce(state, events)
        assert len(state.metrics["train"]["loss"]) <= POINTS
        costs.append(moved / steps)
    assert costs[1] <= 1.2 * costs[0]


@pytest.mark.parametrize("steps", [0, 1, 7, 5000, 20_000])
def test_last_points_are_the_end_of_all_points(steps: int) -> None:
    curve = Curve()
    for step in range(steps):
        curve.add(step, (step * 7919) % 101)
    for count in (1, 10, 400):
        assert curve.last(count) == curve.points()[-count:]
