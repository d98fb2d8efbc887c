"""How fast a job works now: the newest values of its running stage, and the values before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite

from core.figures import memory, quantity
from core.jobs.state.curves import Curve
from core.jobs.state.job_curves import CHECKPOINT
from core.jobs.state.job_state import JobState
from core.jobs.state.series import smooth
from core.jobs.state.stages import StageState

VALUES = 60
"""The newest values of a rate, for a sparkline."""

LAST_REPORTS = 10
"""Progress reports over which the present rate is measured."""

AVERAGED = 400
"""Points of the loss that its mean and minimum are computed from."""


@dataclass(frozen=True)
class Rate:
    name: str
    value: str
    detail: str = ""
    values: tuple[float, ...] = ()
    """The newest values, oldest first; empty if they say nothing."""


def rates_of(state: JobState) -> tuple[Rate, ...]:
    """The rates of the running stage, those that the job reports."""
    stage = state.stage
    return tuple(_rates(stage, state)) if stage is not None else ()


def _rates(stage: StageState, state: JobState) -> Iterator[Rate]:
    metrics = state.metrics.get(stage.id, {})
    if (loss := metrics.get("loss")) is not None and loss.newest is not None:
        values = [y for _, y in loss.last(AVERAGED)]
        mean = smooth(values)[-1]
        finite = [value for value in values if isfinite(value)]
        best = f"  best {min(finite):.3f}" if finite else ""
        yield Rate("loss", f"{loss.newest[1]:.3f}", f"mean {mean:.3f}{best}", tuple(values[-VALUES:]))
    if "lr" in metrics:
        yield _of_curve("lr", metrics["lr"], "{:.2e}")
    if "grad_norm" in metrics:
        yield _of_curve("grad norm", metrics["grad_norm"], "{:.2f}")
    if (speed := _speed(stage)) is not None:
        yield speed
    if "tokens_per_second" in metrics:
        yield _of_curve("tokens/s", metrics["tokens_per_second"], "{:,.0f}")
    elif stage.progress is not None and stage.progress.tokens_per_second is not None:
        yield Rate("tokens/s", f"{stage.progress.tokens_per_second:,.0f}")
    if (epoch := _epoch(stage, state)) is not None:
        yield Rate("epoch", f"{epoch:.2f}")
    if used := state.heartbeat.get("rss"):
        gpu = state.heartbeat.get("gpu_memory")
        yield Rate("memory", memory(used), f"GPU {memory(gpu)}" if gpu else "")


def _of_curve(name: str, curve: Curve, form: str) -> Rate:
    values = tuple(y for _, y in curve.last(VALUES))
    newest = curve.newest[1] if curve.newest is not None else float("nan")
    return Rate(name, form.format(newest), values=values)


def _speed(stage: StageState) -> Rate | None:
    """Units a second: over the last reports, and between each two of them."""
    progress = stage.progress
    if progress is None or len(progress.history) < 2:
        return None
    between = [(done - before) / (t - start) for (start, before), (t, done) in pairwise(progress.history) if t > start]
    (start, before), (t, done) = progress.history[-min(LAST_REPORTS, len(progress.history))], progress.history[-1]
    if t <= start or not between:
        return None
    return Rate(f"{progress.unit}/s", quantity((done - before) / (t - start)), values=tuple(between[-VALUES:]))


def _epoch(stage: StageState, state: JobState) -> float | None:
    """Passes over the data so far: by the samples and the epoch of a checkpoint of the same stage."""
    if stage.progress is None or stage.progress.unit != "samples":
        return None
    for artifact in reversed(state.artifacts):
        summary = artifact.get("summary")
        if artifact.get("kind") == CHECKPOINT and artifact["stage"] == stage.id and isinstance(summary, dict):
            samples, epoch = summary.get("samples"), summary.get("epoch")
            if isinstance(samples, int | float) and isinstance(epoch, int | float) and samples > 0 and epoch > 0:
                return stage.progress.done * epoch / samples
    return None
