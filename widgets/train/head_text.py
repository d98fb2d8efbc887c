"""The state of a training in two or three lines, and the frame around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from core.figures import counted, duration
from core.jobs.observe import ENDED, Observation
from core.jobs.state.estimate import estimate
from core.jobs.state.job_state import JobState
from core.jobs.state.rates import rates_of
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.jobs.rate_text import rate_line
from widgets.jobs.stage_lines import fitting_parts, running_lines, stage_lines
from widgets.text_width import bar, cut
from widgets.train.checkpoint_row import score_text
from widgets.train.gain_text import gain_parts

if TYPE_CHECKING:
    from core.overview.training.follow import TrainingUpdate

Lines = list[Content]


def head_title(job: Observation, update: TrainingUpdate | None, glyphs: Glyphs, width: int) -> str:
    """Job, phase, epoch, step and the time left of the whole job, as many as fit."""
    position = None if update is None else update.position
    ends: list[list[str]] = [[]] if job.shown_status == "running" else [[job.shown_status]]
    if job.status not in ENDED and job.seconds_left and not job.stopping:
        left = f"{duration(job.seconds_left)} left"
        ends = [[f"{left} in all"], [left]]
    middle = [[]] if position is None else [position.parts, position.short_parts, position.short_parts[:2], []]
    middot = " - " if glyphs.ascii_only else " · "
    titles = [middot.join([job.spec.id, *parts, *end]) for parts in middle for end in ends]
    return next((title for title in titles if len(title) <= width), cut(titles[-1], width, glyphs))


def head_figures(job: Observation, update: TrainingUpdate | None, glyphs: Glyphs) -> str:
    """What is trained on how many processes, and for how long."""
    facts = None if update is None else update.facts
    parts = [] if facts is None else [facts.model, facts.strategy, facts.processes]
    parts.append(duration(job.seconds))
    return (" - " if glyphs.ascii_only else " · ").join(part for part in parts if part)


def head_lines(job: Observation, update: TrainingUpdate, width: int, glyphs: Glyphs) -> Lines:
    """The running stage with its bar, and its rates; of a training that has ended, how."""
    state = update.state
    if job.status in ENDED:
        return _ended(job, update, width, glyphs)
    now = state.seconds if job.seconds is None else max(state.seconds, job.seconds)
    lines = running_lines(state, estimate(state.status, state.stages, now), width, glyphs)
    if not lines:
        lines = [Content.styled(f"{glyphs.status[job.shown_status]} {job.shown_status}", STATUS_STYLES["queued"])]
    return [*lines[:1], *(rate_line(rates_of(state), width) or _waiting(state, width, glyphs))]


def stages_lines(job: Observation, update: TrainingUpdate, width: int, glyphs: Glyphs) -> Lines:
    """All stages of a job, while there is no curve."""
    state = update.state
    now = state.seconds if job.seconds is None else max(state.seconds, job.seconds)
    lines = stage_lines(state, estimate(state.status, state.stages, now), width, glyphs)
    return lines or [Content.styled("The charts appear with the first steps.", "$foreground-muted")]


def _waiting(state: JobState, width: int, glyphs: Glyphs) -> Lines:
    """Why there is no rate: the purpose of the stage, or what is reported about it."""
    note = state.notes[-1].get("message", "") if state.notes else ""
    text = (state.stage.purpose if state.stage is not None else "") or str(note)
    return [Content.styled(cut(text, width, glyphs), "$foreground-muted")]


def reading_line(share: float, glyphs: Glyphs) -> Content:
    """How much is read of a training whose present state is not known yet."""
    full, empty = bar(share, 20, glyphs)
    dots = "..." if glyphs.ascii_only else glyphs.ellipsis
    return Content.assemble(
        f"Reading the events{dots} ", (full, "$primary"), (empty, "$foreground-disabled"), f" {share:.0%}"
    )


def _ended(job: Observation, update: TrainingUpdate, width: int, glyphs: Glyphs) -> Lines:
    where = f" in {job.ended_in}" if job.ended_in and job.status != "succeeded" else ""
    after = f" after {duration(job.seconds)}" if job.seconds else ""
    head = Content.assemble((f"{glyphs.status[job.status]} {job.status}", STATUS_STYLES[job.status]), f"{where}{after}")
    if job.error is not None:
        error = cut(f"{job.error['message']} {job.error.get('hint') or ''}", width, glyphs)
        return [head, Content.styled(error, "$text-error")]
    parts = _results(update, glyphs)
    if job.status in ("cancelled", "lost"):
        parts.insert(0, "r resumes it")
    return [head, Content.styled(fitting_parts(parts, width, glyphs), "$foreground-muted")]


def _results(update: TrainingUpdate, glyphs: Glyphs) -> list[str]:
    found = update.checkpoints
    best = next((one for one in reversed(found) if one.is_best), None)
    parts = [] if best is None else [f"best {best.name}{score_text(best, glyphs)}"]
    parts += gain_parts(update.gains)
    return [*parts, counted(len(found), "checkpoint")] if found else ["no checkpoint was written"]
