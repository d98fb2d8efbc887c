"""The machine's usage over the last half hour: every sample of the last minutes, and means of the time before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil, isnan, nan

from core.system.usage import GpuUsage, Usage

SPANS = (60.0, 300.0, 1800.0)
"""The time spans that graphs can show, in seconds."""

SAMPLES_KEPT = 150
"""Five minutes at one sample in two seconds …"""

SAMPLES_PER_MEAN = 6
"""… and half an hour of means, each of so many samples."""

MAX_GAP = 3.0
"""Samples further apart than so many periods have a gap between them: nothing was read meanwhile."""


@dataclass(frozen=True)
class History:
    """Samples at one moment; it never changes."""

    recent: tuple[Usage, ...] = ()
    """The newest ones, oldest first."""
    means: tuple[Usage, ...] = ()
    """Of groups of samples, oldest first; the newest samples are not in them yet."""

    @property
    def newest(self) -> Usage:
        return self.recent[-1] if self.recent else Usage()

    def columns(self, value: Callable[[Usage], float], span: float, count: int) -> list[float]:
        """A value over the last `span` seconds in `count` equal steps, oldest first; NaN where nothing was measured.

        The steps begin at multiples of their length, so that a step's value does not change while it moves.
        """
        if count < 1 or not self.recent:
            return [nan] * max(0, count)
        step = span / count
        start = ceil(self.newest.time / step) * step - span
        totals, weights = [0.0] * count, [0.0] * count
        for usage in self._samples(span):
            if usage.time <= start:
                continue
            measured = value(usage)
            if isnan(measured):
                continue
            end = (usage.time - start) / step
            begin = max(0.0, end - usage.seconds / step)
            column = int(begin)
            while begin < end and column < count:
                weight = (end if end < column + 1 else column + 1) - begin
                totals[column] += measured * weight
                weights[column] += weight
                column += 1
                begin = column
        return [total / weight if weight > 0 else nan for total, weight in zip(totals, weights, strict=True)]

    def peak(self, value: Callable[[Usage], float], span: float) -> float:
        """The highest value of the last `span` seconds; 0 if nothing was measured."""
        after = self.newest.time - span
        known = (value(usage) for usage in self._samples(span) if usage.time > after)
        return max((measured for measured in known if not isnan(measured)), default=0.0)

    def _samples(self, span: float) -> Sequence[Usage]:
        """Those that cover the span without overlap, oldest first."""
        if not self.means or span <= SPANS[1]:
            return self.recent
        covered = self.means[-1].time
        return (*self.means, *(usage for usage in self.recent if usage.time > covered))


class HistoryRecorder:
    """Collects samples; of older ones only means are kept."""

    def __init__(self, sample_seconds: float) -> None:
        self._sample_seconds = sample_seconds
        self._recent: deque[Usage] = deque(maxlen=SAMPLES_KEPT)
        self._means: deque[Usage] = deque(maxlen=SAMPLES_KEPT)
        self._group: list[Usage] = []

    def seconds_since_last(self, now: float) -> float:
        """The period that a sample taken now covers; after a gap, the usual one."""
        before = self._recent[-1].time if self._recent else now
        passed = now - before
        return passed if 0 < passed <= MAX_GAP * self._sample_seconds else self._sample_seconds

    def add(self, usage: Usage) -> History:
        """All samples after adding this one."""
        if self._group and usage.time - usage.seconds > self._group[-1].time + 1e-6:
            self._close_group()  # nothing was read in between
        self._recent.append(usage)
        self._group.append(usage)
        if len(self._group) == SAMPLES_PER_MEAN:
            self._close_group()
        return History(tuple(self._recent), tuple(self._means))

    def _close_group(self) -> None:
        self._means.append(mean_usage(self._group))
        self._group.clear()


def mean_usage(samples: Sequence[Usage]) -> Usage:
    """One sample for the time of several."""
    newest = samples[-1]
    plain = {
        field.name: _mean(getattr(usage, field.name) for usage in samples)
        for field in fields(Usage)
        if field.name not in ("gpus", "cores", "time", "seconds")
    }
    same_cores = [usage.cores for usage in samples if len(usage.cores) == len(newest.cores)]
    same_gpus = [usage.gpus for usage in samples if len(usage.gpus) == len(newest.gpus)]
    return replace(
        newest,
        **plain,
        cores=tuple(_mean(each) for each in zip(*same_cores, strict=True)),
        gpus=tuple(_mean_gpu(each) for each in zip(*same_gpus, strict=True)),
        seconds=sum(usage.seconds for usage in samples),
    )


def _mean_gpu(samples: Sequence[GpuUsage]) -> GpuUsage:
    return GpuUsage(*(_mean(getattr(usage, field.name) for usage in samples) for field in fields(GpuUsage)))


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return sum(known) / len(known) if known else nan
