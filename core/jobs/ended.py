"""Jobs that have just ended, as the workbench reports them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from core.figures import duration
from core.jobs.observe import ENDED, Observation
from core.jobs.spec import as_quantity

Severity = Literal["information", "warning", "error"]

ENDINGS: dict[str, tuple[str, Severity]] = {
    "succeeded": ("succeeded", "information"),
    "failed": ("failed", "error"),
    "cancelled": ("was stopped", "warning"),
    "lost": ("died without a report", "error"),
}


class Ending(NamedTuple):
    """What to say about one job."""

    title: str
    message: str
    severity: Severity


def newly_ended(before: Iterable[Observation], after: Iterable[Observation]) -> list[Observation]:
    """The jobs that have ended since, oldest first; also those that started and ended between two looks."""
    known = {job.spec.id for job in before if job.status in ENDED}
    ended = [job for job in after if job.status in ENDED and job.spec.id not in known]
    return ended[::-1]


def ending_of(job: Observation) -> Ending:
    """How a job ended, and what can be done next."""
    words, severity = ENDINGS[job.status]
    after = f" after {duration(job.seconds)}" if job.seconds else ""
    lines = []
    if job.error is not None:
        lines.append(str(job.error["message"]))
        if job.error.get("hint"):
            lines.append(str(job.error["hint"]))
    score = _scores(job)
    if score:
        lines.append(score)
    if job.status in ("cancelled", "lost"):
        lines.append("What it saved is kept; r in the Jobs pane resumes it.")
    return Ending(f"{job.spec.title} {words}{after}", "\n".join(lines) or job.spec.id, severity)


def _scores(job: Observation) -> str:
    """Base and tuned score of a job that compared them."""
    result = job.result or {}
    parts = [part if isinstance(part := result.get(model), dict) else {} for model in ("base", "tuned")]
    base, tuned = (as_quantity(part.get("score")) for part in parts)
    if base is None or tuned is None:
        return ""
    return f"Score: {base:.1%} before, {tuned:.1%} after training."


def title_of(running: int) -> str:
    """The terminal's title."""
    if not running:
        return "labtop"
    return f"labtop: {running} {'job' if running == 1 else 'jobs'} running"
