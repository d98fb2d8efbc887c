"""Thinning curves for a chart."""

from __future__ import annotations

from math import inf, isnan, nan

import pytest

from core.jobs.state.series import Series, smooth, smoothed_curve, thin


def test_thinning_keeps_spikes() -> None:
    points = [(step, 1.0) for step in range(50_000)]
    points[31_337] = (31_337, 99.0)
    curve = thin("loss", points, 200)
    assert len(curve.xs) <= 402
    assert max(curve.ys) == 99.0
    assert (curve.xs[0], curve.xs[-1]) == (0, 49_999)
    assert list(curve.xs) == sorted(curve.xs)


def test_non_finite_values_are_dropped() -> None:
    assert thin("loss", [(0, 1.0), (1, nan), (2, inf), (3, 2.0)], 10) == Series("loss", (0, 3), (1.0, 2.0))


def test_smooth_has_no_bias_at_its_start() -> None:
    # By hand, with weight 0.5: 4; (0.5 * 2 + 0.5 * 1) / 0.75; (0.5 * 1.5 + 0.5 * 6) / 0.875.
    assert smooth([4.0, 1.0, 6.0], 0.5) == pytest.approx([4.0, 2.0, 3.75 / 0.875])
    assert smooth([7.0] * 50) == pytest.approx([7.0] * 50)
    assert smooth([]) == []


def test_smooth_passes_values_that_are_not_finite() -> None:
    first, second, third, fourth = smooth([4.0, nan, inf, 1.0], 0.5)
    assert [first, third, fourth] == pytest.approx([4.0, inf, 2.0])
    assert isnan(second)


def test_smoothed_curve_averages_all_points_before_thinning() -> None:
    points = [(float(step), float(step % 2)) for step in range(10_000)]
    curve = smoothed_curve("loss", [*points, (10_000.0, nan)], [9, 3, 3])
    assert len(curve.xs) == len(curve.smoothed) < 2_000
    assert all(0.4 < average < 0.6 for average in curve.smoothed[20:])
    assert curve.checkpoints == (3, 9)
