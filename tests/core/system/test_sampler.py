"""Sampling the machine in a thread."""

from __future__ import annotations

from math import isnan
from queue import Queue

from core.system.sampler import MachineReading, MachineSampler


def test_sampler_publishes_its_history() -> None:
    readings: Queue[MachineReading] = Queue()
    sampler = MachineSampler(readings.put, seconds=0.05)
    sampler.resume()
    try:
        published = [readings.get(timeout=60.0) for _ in range(3)]
    finally:
        sampler.end()
    assert [len(reading.history.recent) for reading in published] == [1, 2, 3]
    assert published[0].history.newest == published[1].history.recent[0]
    assert isnan(published[0].history.newest.cpu), "the first reading has none before it to compare with"
    assert len(published[2].history.newest.cores) >= 1
