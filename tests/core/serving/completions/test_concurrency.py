"""The limit of requests in flight follows what a server takes."""

from __future__ import annotations

import heapq
from random import Random

import pytest

from core.serving.completions.concurrency import MAX_LIMIT, ConcurrencyLimit


def simulate(limit: ConcurrencyLimit, slots: int, seconds: float, latency: float = 1.0, demand: int = 10**9) -> float:
    """A server that answers `slots` requests at a time, on a clock of its own; returns its busy share at the end."""
    now = busy = 0.0
    free_at = [0.0] * slots
    random = Random(1)
    flying: list[tuple[float, float]] = []
    while now < seconds:
        while len(flying) < min(limit.value, demand):
            done = max(now, free_at[0]) + latency * random.uniform(0.5, 1.5)
            heapq.heapreplace(free_at, done)
            heapq.heappush(flying, (done, now))
        if len(flying) == limit.value:
            limit.reached()
        now, sent = heapq.heappop(flying)
        limit.replied(sent, now, 1.0)
        busy += latency if now > seconds / 2 else 0
    return busy / slots / (seconds / 2)


@pytest.mark.parametrize("slots", [8, 64, 100, 256, 900])
def test_limit_grows_to_the_slots_of_the_server(slots: int) -> None:
    limit = ConcurrencyLimit(64)
    assert simulate(limit, slots, 120) > 0.95
    assert slots <= limit.value <= max(160, 3.3 * slots)  # the last attempt to grow may not be over


def test_unused_limit_does_not_grow() -> None:
    limit = ConcurrencyLimit(64)
    simulate(limit, 1000, 100, demand=20)
    assert limit.value == 64


def test_limit_is_bounded_and_a_fixed_one_constant() -> None:
    limit = ConcurrencyLimit(64)
    simulate(limit, 5000, 200)
    assert limit.value == MAX_LIMIT
    fixed = ConcurrencyLimit(7, fixed=True)
    simulate(fixed, 100, 50)
    fixed.overloaded(50.0, 51.0, 0.5)
    assert fixed.value == 7


def test_overload_shrinks_once_for_requests_sent_together() -> None:
    limit = ConcurrencyLimit(64)
    for _ in range(64):
        limit.overloaded(1.0, 2.0, 0.5)
    assert limit.value == 32
    limit.overloaded(3.0, 4.0, 0.5)
    assert limit.value == 16
    for time in range(5, 50):
        limit.overloaded(time, time, 0.5)
    assert limit.value == 1
