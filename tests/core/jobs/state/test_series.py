"""Thinning curves for a chart."""

from __future__ import annotations

from math import inf, nan

from core.jobs.state.series import Series, thin


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
