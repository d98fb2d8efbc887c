"""What one job did in each step of the method, from its status and its stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.figures import amount, duration
from core.jobs.observe import ENDED, Observation
from core.jobs.spec import Kind
from core.jobs.state.job_state import JobState, Score
from core.jobs.state.stages import StageState
from core.overview.model import BestModel, Figure, StepName
from core.overview.values import text
from core.sdg.datasets.blocks import MIX

RunStatus = Literal["running", "succeeded", "failed", "cancelled"]

STEP_OF_STAGE: dict[str, StepName] = {
    "taxonomy": "data",
    "teacher": "data",
    "generate": "data",
    "student": "train",
    "train": "train",
    "evaluate.phase1": "train",
    "evaluate.phase2": "train",
    "compare": "train",
    "evaluate": "evaluate",
    "answer": "evaluate",
    "serve": "serve",
}
"""By a stage's id, or the part before its first dot. Evaluating checkpoints is a part of training."""

FIRST_STEP: dict[Kind, StepName] = {
    "quickstart": "data",
    "run": "data",
    "generate": "data",
    "train": "train",
    "evaluate": "evaluate",
    "serve": "serve",
}
"""What a job begins with, before it has reported a stage."""

WHOLE: tuple[Kind, ...] = ("quickstart", "run")
"""Jobs of several steps."""


@dataclass(frozen=True)
class StepRun:
    """What a job did in one step."""

    job: Observation
    status: RunStatus
    started: float
    """Seconds since 1970, like `ended`."""
    ended: float
    """Of a step that runs, the time of its last report."""
    figures: tuple[str, ...] = ()

    @property
    def error(self) -> str:
        """Why it failed; empty if it did not, or said nothing."""
        if self.status != "failed":
            return ""
        if self.job.status == "lost":
            return "Its process ended without reporting an end."
        return text(self.job.error, "message") or ""


def step_of(stage: str) -> StepName | None:
    """The step that a stage belongs to."""
    return STEP_OF_STAGE.get(stage) or STEP_OF_STAGE.get(stage.partition(".")[0])


def step_runs(job: Observation, state: JobState) -> dict[StepName, StepRun]:
    """The steps that a job has begun."""
    begun = job.started or job.spec.created
    grouped: dict[StepName, list[StageState]] = {}
    for stage in state.stages.values():
        if step := step_of(stage.id):
            grouped.setdefault(step, []).append(stage)
    runs = {}
    for step, stages in grouped.items():
        started = [stage for stage in stages if stage.status != "waiting"]
        if not started:
            continue
        status = _status(job, stages)
        first = min(stage.started or 0.0 for stage in started)
        last = max((stage.started or 0.0) + (stage.seconds or 0.0) for stage in started)
        ended = begun + (last if status == "succeeded" else max(last, state.seconds))
        runs[step] = StepRun(job, status, begun + first, ended, tuple(_figures(step, status, job, state, stages)))
    if not runs and (step := FIRST_STEP.get(job.spec.kind)):
        known = _job_status(job)
        runs[step] = StepRun(job, known, begun, begun + (job.seconds or 0.0), _waits(job) if known == "running" else ())
    return runs


def _waits(job: Observation) -> tuple[str, ...]:
    return ("queued",) if job.status == "queued" else ("starting",)


def _job_status(job: Observation) -> RunStatus:
    if job.status not in ENDED:
        return "running"
    return "failed" if job.status in ("failed", "lost") else "cancelled" if job.status == "cancelled" else "succeeded"


def _status(job: Observation, stages: Sequence[StageState]) -> RunStatus:
    """Of a step that has begun: complete once all its stages are, or the job continued to its end."""
    if all(stage.status == "succeeded" for stage in stages) or job.status == "succeeded":
        return "succeeded"
    return _job_status(job)


def _figures(
    step: StepName, status: RunStatus, job: Observation, state: JobState, stages: Sequence[StageState]
) -> Iterator[str]:
    if status == "running":
        yield from _running(step, state, stages)
    elif status in ("failed", "cancelled"):
        done = "" if job.progress is None else f" at {job.progress:.0%}"
        yield f"{'stopped' if status == 'cancelled' else 'failed'}{done}"
    elif step == "data":
        yield from data_figures(state)
    elif step == "train":
        yield from _trained(state)
    elif step == "evaluate":
        yield from ()


def _running(step: StepName, state: JobState, stages: Sequence[StageState]) -> Iterator[str]:
    stage = next((stage for stage in reversed(stages) if stage.status == "running"), None)
    if stage is None:
        yield "starting"
        return
    progress = stage.progress
    done = progress.fraction if progress else None
    title = _phase(stage, state) if step == "train" else ""
    share = "" if done is None else f"{done:.0%}"
    work = amount(progress.done, None, progress.unit) if progress and done is None and progress.done else ""
    yield ", ".join(part for part in (title, share or work) if part) or stage.title
    loss = state.metrics.get(stage.id, {}).get("loss")
    parts = [f"loss {loss.newest[1]:.3f}"] if loss is not None and loss.newest is not None else []
    if progress and progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    if parts:
        yield ", ".join(parts)


def _phase(stage: StageState, state: JobState) -> str:
    """Which phase of how many a stage belongs to; its title for a training in one phase."""
    _, _, name = stage.id.partition(".")
    if not name.startswith("phase"):
        return stage.title if stage.id == "student" else ""
    phases = {other.partition(".")[2] for other in state.stages if other.startswith("train.phase")}
    what = f"phase {name.removeprefix('phase')}" + (f" of {len(phases)}" if phases else "")
    return f"evaluating {what}" if stage.id.startswith("evaluate") else what


def data_figures(state: JobState) -> Iterator[str]:
    """The number of pairs, and how many of those that the teacher wrote were kept."""
    written: dict[str, int] = {}
    kept: dict[str, int] = {}
    for count in state.counts.values():
        if count.block == MIX:
            kept[count.leaf] = count.kept
        if "choices" not in count.block:  # multiple-choice questions are for evaluation
            written[count.leaf] = max(written.get(count.leaf, 0), count.parsed)
    if not kept:
        return
    pairs, all_pairs = sum(kept.values()), sum(written[leaf] for leaf in kept)
    yield f"{pairs:,} pair{'' if pairs == 1 else 's'}"
    if all_pairs:
        yield f"{pairs / all_pairs:.0%} kept"


def _trained(state: JobState) -> Iterator[str]:
    """The best checkpoint, by the evaluation of the last phase, or the last one with its loss."""
    scores = [score for score in state.scores if (score.stage or "").startswith("evaluate.phase")]
    if scores:
        last = [score for score in scores if score.stage == scores[-1].stage and "," not in score.benchmark]
        if last:
            best: Score = max(last, key=lambda score: score.score)
            yield best.model
            yield f"best {Figure(best.score, best.stderr)}"
            return
    saved = [artifact for artifact in state.artifacts if artifact.get("kind") == "checkpoint"]
    newest = next((artifact for artifact in reversed(saved) if step_of(str(artifact["stage"])) == "train"), None)
    if newest is not None:
        yield BestModel(str(newest.get("path", "")), "").name
        summary = newest.get("summary")
        loss = summary.get("loss") if isinstance(summary, dict) else None
        if isinstance(loss, int | float):
            yield f"loss {loss:.3f}"


def taxonomy_of(job: Observation) -> Path | None:
    """The taxonomy that a job generates from, if it is known."""
    options = job.spec.options
    if job.spec.kind == "quickstart":
        folder = text(options, "folder") or text(options, "dir")
        return Path(folder) / "taxonomy" if folder else None
    source = options.get("generate") if job.spec.kind == "run" else options
    given = text(source, "taxonomy_path")
    return Path(given) if given else None
