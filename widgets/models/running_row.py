"""Servers, downloads and uploads as rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual.content import Content

from core.figures import duration
from core.jobs.observe import ENDED, Observation
from core.overview.model import Server
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import bar, cut, fit

NAME_WIDTH, TIME_WIDTH, BAR_WIDTH = 30, 9, 10


@dataclass(frozen=True)
class RunningLine:
    """What a row shows: a job, and the server that it runs, if it is one."""

    job: Observation
    server: Server | None = None

    @property
    def is_ready(self) -> bool:
        return self.server is not None and self.server.url is not None


def running_row(line: RunningLine, glyphs: Glyphs) -> Row:
    job = line.job
    shows = (line.server, job.status, job.stage, job.activity, job.progress, round(job.seconds_left or 0), job.seconds)
    return Row(job.spec.id, shows, partial(_draw, line, glyphs))


def _draw(line: RunningLine, glyphs: Glyphs, width: int) -> Content:
    job = line.job
    sign = glyphs.changed if line.is_ready else glyphs.status.get(job.status, " ")
    style = "$text-success" if line.is_ready else STATUS_STYLES.get(job.status, "")
    name_width = min(NAME_WIDTH, max(10, width // 3))
    name = job.spec.title if line.server is None else line.server.model.rstrip("/").rpartition("/")[2]
    head: list[tuple[str, str]] = [(f" {sign} ", style), (fit(name, name_width, glyphs), "bold"), ("  ", "")]
    tail = f"  {_time(line):>{TIME_WIDTH}} "
    room = max(0, width - 3 - name_width - 2 - len(tail))
    return Content.assemble(*head, *_what(line, room, glyphs), (tail, "$foreground-muted"))


def _time(line: RunningLine) -> str:
    job = line.job
    if line.server is None and job.status == "running" and job.seconds_left is not None:
        return f"{duration(job.seconds_left)} left"
    return duration(job.seconds)


def _what(line: RunningLine, room: int, glyphs: Glyphs) -> list[tuple[str, str]]:
    """Where a server answers; of a transfer a bar with its share and amount; of what ended, how it did."""
    job = line.job
    if line.server is not None:
        text = line.server.url or "is loading"
        return [(fit(text, room, glyphs), "" if line.server.url else "$foreground-muted")]
    if job.status in ENDED:
        reason = str(job.error["message"]) if job.error else "r resumes it"
        return [(fit(f"{job.status}: {reason}", room, glyphs), STATUS_STYLES.get(job.status, ""))]
    if job.progress is None or room < BAR_WIDTH + 6:
        return [(fit(job.activity or job.stage or job.status, room, glyphs), "")]
    full, empty = bar(job.progress, BAR_WIDTH, glyphs)
    text = f" {int(job.progress * 100):>3}%  {job.activity}"
    return [
        (full, "$primary"),
        (empty, "$foreground-disabled"),
        (cut(text, room - BAR_WIDTH, glyphs).ljust(room - BAR_WIDTH) if text.strip() else "", ""),
    ]
