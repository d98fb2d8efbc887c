"""A stage's summary in one line, for commands and the workbench."""

from __future__ import annotations

from core.figures import duration
from core.jobs.state.job_state import JobState
from core.jobs.state.stages import StageState

CHOOSING = "mmlu_branch"
"""The benchmark by which the best checkpoint is chosen."""


def stage_figures(stage: StageState, state: JobState) -> str:
    """A stage's summary in one line."""
    parts = []
    progress = stage.progress
    if stage.status == "running" and progress is not None:
        total = "" if progress.total is None else f"/{progress.total:,.0f}"
        parts.append(f"{progress.done:,.0f}{total} {progress.unit}")
        if progress.tokens_per_second is not None:
            parts.append(f"{progress.tokens_per_second:,.0f} tokens/s")
    elif stage.seconds is not None:
        parts.append(duration(stage.seconds))
    elif stage.status == "waiting" and stage.expected_seconds is not None:
        parts.append(f"about {duration(stage.expected_seconds)}")
    loss = state.metrics.get(stage.id, {}).get("loss")
    if loss is not None and loss.newest is not None:
        parts.append(f"loss {loss.newest[1]:.3f}")
    if stage.status == "running" and progress is not None and progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    scores = [score.score for score in state.scores if score.stage == stage.id and score.benchmark == CHOOSING]
    if scores:
        parts.append(f"{'best' if len(scores) > 1 else 'score'} {max(scores):.3f}")
    return ", ".join(parts)
