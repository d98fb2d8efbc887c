"""Servers, downloads and uploads as rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual.content import Content

from core.figures import duration
from core.jobs.observe import ENDED, Observation
from core.serving.registry import ServerRecord
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import bar, fit

NAME_WIDTH, TIME_WIDTH, BAR_WIDTH = 30, 9, 10


@dataclass(frozen=True)
class RunningLine:
    """What a row shows: a server, or a job that starts one, downloads or uploads."""

    server: ServerRecord | None = None
    job: Observation | None = None
    """The job that runs the server, or that is no server."""

    @property
    def key(self) -> str:
        return f"server {self.server.pid}" if self.server is not None else self.job.spec.id if self.job else ""

    @property
    def title(self) -> str:
        if self.server is not None:
            return self.server.name
        return "" if self.job is None else self.job.spec.title


def running_row(line: RunningLine, glyphs: Glyphs) -> Row:
    job = line.job
    shows = None if job is None else (job.status, job.stage, job.activity, job.progress, job.seconds, job.error is None)
    return Row(line.key, (line.server, shows), partial(_draw, line, glyphs))


def _draw(line: RunningLine, glyphs: Glyphs, width: int) -> Content:
    name_width = min(NAME_WIDTH, max(10, width // 3))
    ready = line.server is not None and line.server.url is not None
    status = "running" if line.job is None else line.job.status
    sign = (
        (glyphs.changed, "$text-success") if ready else (glyphs.status.get(status, " "), STATUS_STYLES.get(status, ""))
    )
    tail = f"  {_time(line.job):>{TIME_WIDTH}} " if line.job is not None else " "
    room = max(0, width - 3 - name_width - 2 - len(tail))
    what = _server_text(line.server, room, glyphs) if line.server is not None else _what(line.job, room, glyphs)
    head: list[tuple[str, str]] = [(f" {sign[0]} ", sign[1]), (fit(line.title, name_width, glyphs), "bold"), ("  ", "")]
    return Content.assemble(*head, *what, (tail, "$foreground-muted"))


def _time(job: Observation) -> str:
    if job.spec.kind != "serve" and job.status == "running" and job.seconds_left is not None:
        return f"{duration(job.seconds_left)} left"
    return duration(job.seconds)


def _server_text(server: ServerRecord, room: int, glyphs: Glyphs) -> list[tuple[str, str]]:
    """Where it answers, what runs it, and for whom, if it is not for anyone."""
    text = server.url or "loading"
    parts = [text, server.backend, *([f"GPU {','.join(server.devices)}"] if server.devices else [])]
    parts += [f"for {server.owner}"] if server.purpose != "serve" else []
    return [(fit("  ".join(parts), room, glyphs), "" if server.url else "$foreground-muted")]


def _what(job: Observation | None, room: int, glyphs: Glyphs) -> list[tuple[str, str]]:
    """Of a transfer a bar with its share and amount; of what ended, how it did."""
    if job is None:
        return []
    if job.status in ENDED:
        reason = str(job.error["message"]) if job.error else "r resumes it"
        return [(fit(f"{job.status}: {reason}", room, glyphs), STATUS_STYLES.get(job.status, ""))]
    if job.progress is None or room < BAR_WIDTH + 6 or job.spec.kind == "serve":
        return [(fit(job.activity or job.stage or job.status, room, glyphs), "")]
    full, empty = bar(job.progress, BAR_WIDTH, glyphs)
    text = fit(f"{int(job.progress * 100)}%  {job.activity}", room - BAR_WIDTH - 1, glyphs)
    return [(full, "$primary"), (empty, "$foreground-disabled"), (f" {text}", "")]
