"""The curves of a job for a chart, including those of the jobs that it resumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.jobs.state.curves import Curve, Point
from core.jobs.state.job_state import JobState
from core.jobs.state.series import Series, smoothed_curve

CHECKPOINT = "checkpoint"
"""The kind of artifact that is marked on a curve."""

CURVES = 3
"""The newest stages whose curves are shown."""


@dataclass(frozen=True)
class JobCurves:
    """The curves of one metric, one for each stage."""

    name: str = "loss"
    series: tuple[Series, ...] = ()


def curves_of(state: JobState, earlier: Sequence[JobState] = ()) -> JobCurves:
    """The curves of the loss in the newest stages, or of their first metric if they have no loss.

    `earlier` are the states of the jobs that this one resumes, the oldest first: their curves are shown up to the step
    at which the next job continued.
    """
    runs = [*earlier, state]
    keys = list(dict.fromkeys(key for run in runs for key in run.metrics))
    stages = [key for key in keys if any(len(curve) > 1 for run in runs for curve in run.metrics.get(key, {}).values())]
    if not stages:
        return JobCurves()
    last = next(run.metrics[stages[-1]] for run in reversed(runs) if stages[-1] in run.metrics)
    name = "loss" if "loss" in last else next(iter(last), "loss")
    curves = []
    for key in stages[-CURVES:]:
        points, checkpoints = continued(runs, key, name)
        if len(points) > 1:
            title = next((run.stages[key].title for run in reversed(runs) if key in run.stages), key)
            curves.append(smoothed_curve(title, points, checkpoints))
    return JobCurves(name, tuple(curves))


def continued(runs: Sequence[JobState], stage: str, name: str) -> tuple[list[Point], list[float]]:
    """The points and checkpoints of a metric in a stage over several jobs, each up to where the next one continued."""
    points: list[Point] = []
    checkpoints: list[float] = []
    for run in runs:
        own = run.metrics.get(stage, {}).get(name, Curve()).points()
        if own:
            start = own[0][0]
            points = [point for point in points if point[0] < start] + own
            checkpoints = [step for step in checkpoints if step < start]
        checkpoints += checkpoint_steps(run, stage)
    return points, checkpoints


def checkpoint_steps(state: JobState, stage: str) -> list[float]:
    """The optimizer steps at which a stage saved a checkpoint."""
    saved = [
        artifact for artifact in state.artifacts if (artifact.get("kind"), artifact["stage"]) == (CHECKPOINT, stage)
    ]
    summaries = [artifact.get("summary") for artifact in saved]
    steps = [summary.get("step") for summary in summaries if isinstance(summary, dict)]
    return [step for step in steps if isinstance(step, int)]
