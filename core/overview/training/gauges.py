"""What is reported between a training's steps, as curves over its steps: samples a second, and memory and GPUs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.events import Event
from core.jobs.state.curves import Curve
from core.overview.training.stages import is_training
from core.overview.values import number, rows

SAMPLES = "samples_per_second"
MEMORY = "rss"
GPU_MEMORY, GPU_UTILIZATION = "gpu_memory", "gpu_utilization"
"""Followed by a dot and the index of a GPU where a job reports them for each."""

RATE_SECONDS = 1.0
"""The shortest time over which samples a second are measured."""


class Gauges:
    """The curves by stage and name. They change when events are added."""

    def __init__(self) -> None:
        self.curves: dict[str, dict[str, Curve]] = {}
        self._stage: str | None = None
        """The training stage that runs."""
        self._step = 0
        self._measured_from: tuple[float, float] | None = None
        """Time and samples at the start of a measurement."""

    def add(self, events: Iterable[Event]) -> None:
        """Take in more events; damaged ones are ignored."""
        for event in events:
            if event.type == "heartbeat":
                self._heartbeat(event.data)
            elif event.stage is not None and is_training(event.stage):
                self._training(event, event.stage)

    def _training(self, event: Event, stage: str) -> None:
        if event.type == "stage_started":
            self._stage, self._step, self._measured_from = stage, 0, None
        elif event.type == "stage_finished":
            self._stage = None
        elif event.type == "metric":
            self._stage, self._step = stage, int(number(event.data, "step") or self._step)
        elif event.type == "progress" and event.data.get("unit") == "samples":
            self._progress(event.t, number(event.data, "done"))

    def _progress(self, t: float, done: float | None) -> None:
        if done is None:
            return
        start = self._measured_from
        if start is None or done < start[1]:
            self._measured_from = (t, done)
        elif t - start[0] >= RATE_SECONDS and self._step:
            self._put(SAMPLES, (done - start[1]) / (t - start[0]))
            self._measured_from = (t, done)

    def _heartbeat(self, data: Mapping[str, Any]) -> None:
        if self._stage is None or not self._step:
            return
        self._put(MEMORY, number(data, MEMORY))
        gpus = rows(data, "gpus")
        for gpu in gpus:
            index = int(number(gpu, "index") or 0)
            self._put(f"{GPU_MEMORY}.{index}", number(gpu, "memory"))
            self._put(f"{GPU_UTILIZATION}.{index}", number(gpu, "utilization"))
        if not gpus:
            self._put(GPU_MEMORY, number(data, GPU_MEMORY))
            self._put(GPU_UTILIZATION, number(data, GPU_UTILIZATION))

    def _put(self, name: str, value: float | None) -> None:
        if self._stage is not None and value is not None:
            self.curves.setdefault(self._stage, {}).setdefault(name, Curve()).add(self._step, value)
