"""A stage's summary in one line, for commands and the workbench."""

from __future__ import annotations

from core.figures import duration
from core.jobs.state.estimate import Estimate
from core.jobs.state.job_state import JobState
from core.jobs.state.score_text import scores_text
from core.jobs.state.stages import StageState

MIN_SECONDS_LEFT = 0.5
"""Less is not shown."""


def stage_figures(stage: StageState, state: JobState, known: Estimate | None = None) -> str:
    """A stage's summary in one line; `known` is the job's estimate, if the caller has computed it."""
    expected = (known or state.estimate).stages.get(stage.id)
    parts = []
    progress = stage.progress
    if stage.status == "running" and progress is not None:
        parts.append(progress.activity_with_rate)
        if progress.tokens_per_second is not None:
            parts.append(f"{progress.tokens_per_second:,.0f} tokens/s")
    elif stage.seconds is not None:
        parts.append(duration(stage.seconds))
    elif stage.status == "waiting" and expected is not None:
        parts.append(f"about {duration(expected.seconds)}")
    loss = state.metrics.get(stage.id, {}).get("loss")
    if loss is not None and loss.newest is not None:
        parts.append(f"loss {loss.newest[1]:.3f}")
    if stage.status == "running" and expected is not None and expected.left >= MIN_SECONDS_LEFT:
        parts.append(f"{duration(expected.left)} left")
    if scores := scores_text(stage, state):
        parts.append(scores)
    return ", ".join(parts)
