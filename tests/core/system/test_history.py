"""The machine's history: bounded, thinned, and in as many steps as a graph has columns."""

from __future__ import annotations

from math import isnan, nan

import pytest

from core.system.history import SAMPLES_KEPT, SAMPLES_PER_MEAN, History, HistoryRecorder, mean_usage
from core.system.usage import GpuUsage, Usage


def cpu(usage: Usage) -> float:
    return usage.cpu


def recorded(*times: float, value: float = 0.5) -> History:
    """A sample at each of these times."""
    recorder = HistoryRecorder(2.0)
    history = History()
    for time in times:
        history = recorder.add(Usage(cpu=value, time=time, seconds=recorder.seconds_since_last(time)))
    return history


def test_samples_and_means_are_bounded() -> None:
    history = recorded(*(2.0 * number for number in range(1, SAMPLES_KEPT * SAMPLES_PER_MEAN + 100)))
    assert (len(history.recent), len(history.means)) == (SAMPLES_KEPT, SAMPLES_KEPT)
    assert history.means[0].seconds == 2.0 * SAMPLES_PER_MEAN
    assert history.newest.time - history.means[0].time > 1700, "half an hour is kept"


def test_columns_are_means_of_their_seconds() -> None:
    history = History(tuple(Usage(cpu=float(number), time=2.0 * number, seconds=2.0) for number in range(1, 31)))
    assert history.columns(cpu, 60.0, 30) == [float(number) for number in range(1, 31)]
    assert history.columns(cpu, 60.0, 15) == [number + 0.5 for number in range(1, 31, 2)]
    assert history.columns(cpu, 60.0, 60) == [float(number // 2) for number in range(2, 62)]


def test_columns_keep_their_values_while_they_move() -> None:
    values = [number % 7 / 7 for number in range(200)]
    samples = [Usage(cpu=value, time=2.0 * number, seconds=2.0) for number, value in enumerate(values)]
    before = History(tuple(samples[:150])).columns(cpu, 300.0, 47)
    after = History(tuple(samples[3:153])).columns(cpu, 300.0, 47)
    assert after[:-2] == pytest.approx(before[1:-1], nan_ok=True), "one step of 6.4 s later"


def test_columns_are_empty_where_nothing_was_read() -> None:
    history = recorded(100.0, 102.0, 104.0, 140.0, 142.0)
    measured = [not isnan(value) for value in history.columns(cpu, 60.0, 30)]
    assert [number for number, known in enumerate(measured) if known] == [8, 9, 10, 28, 29]


def test_columns_of_the_longest_span_use_means_and_the_newest_samples() -> None:
    history = recorded(*(2.0 * number for number in range(1, 500)), value=0.25)
    assert len(history.means) == 83
    known = [value for value in history.columns(cpu, 1800.0, 90) if not isnan(value)]
    assert known == pytest.approx([0.25] * 50)
    assert history.columns(cpu, 1800.0, 0) == []
    assert all(map(isnan, History().columns(cpu, 60.0, 3)))


def test_peak_of_a_span() -> None:
    samples = (Usage(received=900.0, time=10.0), Usage(received=300.0, time=80.0), Usage(received=nan, time=82.0))
    assert History(samples).peak(lambda usage: usage.received, 60.0) == 300.0
    assert History(samples).peak(lambda usage: usage.received, 300.0) == 900.0
    assert History().peak(lambda usage: usage.received, 60.0) == 0.0


def test_means_do_not_cross_a_gap() -> None:
    history = recorded(2.0, 4.0, 100.0, 102.0)
    assert [(mean.time, mean.seconds) for mean in history.means] == [(4.0, 4.0)]


def test_mean_of_samples_with_unknown_values() -> None:
    busy = Usage(cpu=0.2, cores=(0.0, 1.0), gpus=(GpuUsage(0.5, 0.1, nan, 60.0, nan),), time=2.0, seconds=2.0)
    later = Usage(cpu=nan, cores=(1.0, 1.0), gpus=(GpuUsage(1.0, 0.3, nan, nan, nan),), time=4.0, seconds=2.0)
    mean = mean_usage([busy, later])
    assert (mean.cpu, mean.cores, mean.time, mean.seconds) == (0.2, (0.5, 1.0), 4.0, 4.0)
    assert mean.gpus[0].utilization == 0.75
    assert mean.gpus[0].temperature == 60.0
    assert isnan(mean.gpus[0].power)
    assert isnan(mean.received)
