"""What stopping a training does, and what is kept."""

from __future__ import annotations

from core.figures import counted, duration
from core.jobs.state.job_state import JobState
from core.overview.training.checkpoints import CheckpointFacts
from core.overview.training.follow import TrainingUpdate
from core.overview.training.stages import is_training

UNSAVED = "The last request has not ended it yet. Ending it now loses what is not saved"


def stop_promise(update: TrainingUpdate | None) -> str:
    """Sentences for the question whether to stop a training."""
    if update is None:
        return "What it has saved is kept; r resumes it."
    return "\n".join((_now(update.state), _kept(update.checkpoints), _resume(update)))


def stop_now_loss(update: TrainingUpdate | None) -> str:
    """The same for ending one at once that was asked to stop already."""
    kept = "" if update is None else f"\n{_kept(update.checkpoints)}"
    return f"{UNSAVED}; it then resumes from its last saved state.{kept}"


def _now(state: JobState) -> str:
    """What happens at once: work that checks for requests saves first."""
    stage = state.stage
    if stage is None:
        return "It ends at once."
    if not stage.stop_seconds:
        return f"{stage.title} is interrupted and begins again when the job is resumed."
    within = f"within {duration(stage.stop_seconds)}"
    if is_training(stage.id):
        return f"The running step is finished and the training's state saved, {within}; then all its processes end."
    return f"{stage.title} saves what it has done, {within}; then all its processes end."


def _kept(found: tuple[CheckpointFacts, ...]) -> str:
    there = [one for one in found if one.exists]
    if not there:
        return "There is no checkpoint yet."
    scored = sum(one.score is not None for one in there)
    scores = f", {scored} of them with a score," if scored else ""
    return f"{counted(len(there), 'checkpoint')}{scores} {'is' if len(there) == 1 else 'are'} kept."


def _resume(update: TrainingUpdate) -> str:
    position = update.position
    stage = update.state.stage
    if position is None or position.step is None or stage is None or position.stage is not stage:
        return "r resumes it."
    return f"r resumes it after step {position.step:,}, or the one that is being finished."
