"""Sampling the machine in a thread."""

from __future__ import annotations

from math import isnan
from queue import Queue

from core.system.sampler import MachineReading, MachineSampler


def test_sampler_publishes_its_history() -> None:
    readings: Queue[MachineReading] = Queue()
    sampler = MachineSampler(seconds=0.05)
    sampler.watch(readings.put)
    try:
        published = [readings.get(timeout=60.0) for _ in range(3)]
    finally:
        sampler.end()
    assert [len(reading.history.recent) for reading in published] == [1, 2, 3]
    assert published[0].history.newest == published[1].history.recent[0]
    assert isnan(published[0].history.newest.cpu), "the first reading has none before it to compare with"
    assert len(published[2].history.newest.cores) >= 1


def test_second_watcher_gets_the_reading_and_history_of_the_first() -> None:
    first: Queue[MachineReading] = Queue()
    second: Queue[MachineReading] = Queue()
    sampler = MachineSampler(seconds=3600.0)
    assert sampler.recent() is None
    sampler.watch(first.put)
    try:
        reading = first.get(timeout=60.0)
        assert sampler.recent() is reading
        sampler.unwatch(first.put)
        sampler.watch(second.put)
        assert second.get(timeout=60.0) is reading
    finally:
        sampler.end()
    assert first.empty()
