"""Jobs that have just ended, as the workbench reports them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from core.figures import duration
from core.jobs.observe import ENDED, Observation
from core.jobs.spec import Kind, as_quantity

Severity = Literal["information", "warning", "error"]

ENDINGS: dict[str, tuple[str, Severity]] = {
    "succeeded": ("succeeded", "information"),
    "failed": ("failed", "error"),
    "cancelled": ("was stopped", "warning"),
    "lost": ("died without a report", "error"),
}

SERVER: Kind = "serve"


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
        lines.append(f"{what_is_kept(job.spec.kind, 'r in the Jobs pane')}.")
    return Ending(f"{job.spec.title} {words}{after}", "\n".join(lines) or job.spec.id, severity)


def what_is_kept(kind: str, key: str = "r") -> str:
    """What can be done with a job that has not finished; a server has nothing to save; it is started again."""
    return f"{key} serves it again" if kind == SERVER else f"What it saved is kept; {key} resumes it"


def what_a_stop_does(kind: str) -> str:
    """For the question whether to stop a job."""
    if kind == SERVER:
        return "Ends the server; r in the Jobs pane serves it again."
    return "Stops all its processes. What it has saved is kept; the job can be resumed."


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
