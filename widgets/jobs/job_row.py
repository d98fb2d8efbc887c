"""A job as a row of a list: status, id, what it does, bar, share done, time, and time left."""

from __future__ import annotations

from functools import partial

from textual.content import Content

from core.figures import duration
from core.jobs.observe import ENDED, Observation
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import bar, cut, fit

STATUS_WIDTH = 11
ID_WIDTH, SHORT_ID_WIDTH = 16, 5
"""Of the longest kind with the five characters of its id; in a narrow row only these are shown."""
MIN_WIDTH_FOR_ID = 66
DONE_WIDTH, TIME_WIDTH, LEFT_WIDTH = 4, 7, 6

NARROW_BAR, BAR, WIDE_BAR = 5, 8, 16
"""Columns of the bar, by the width of the row."""

MIN_WHAT = 11
"""If fewer columns remain for what a job does, its bar is left out."""

IN_STAGE = {"failed": "failed in", "cancelled": "stopped in", "lost": "lost in"}


def job_row(job: Observation, glyphs: Glyphs) -> Row:
    return Row(job.spec.id, row_texts(job), partial(job_line, job, glyphs))


def row_texts(job: Observation) -> tuple[str, ...]:
    """The texts of a row, which a filter searches: status, kind, id, what, stage, activity, done, time, left."""
    done = "" if job.progress is None else f"{int(job.progress * 100)}%"
    left = duration(job.seconds_left) if job.seconds_left is not None and job.shown_status == "running" else ""
    what = f"{job.spec.title} on {job.elsewhere}" if job.elsewhere else job.spec.title
    stage = job.stage or (f"{IN_STAGE[job.status]} {job.ended_in}" if job.ended_in and job.status in IN_STAGE else "")
    activity = "" if done else job.activity
    return (job.shown_status, job.spec.kind, job.spec.id, what, stage, activity, done, duration(job.seconds), left)


def header_line(width: int) -> Content:
    """The names of the columns."""
    what, bar_width = _widths(width)
    names = (
        f" {'STATUS':<{STATUS_WIDTH}} {'JOB':<{_id_width(width)}} {'WHAT':<{what}}{' ' * (bar_width + 1)}"
        f" {'DONE':>{DONE_WIDTH}} {'TIME':>{TIME_WIDTH}} {'LEFT':>{LEFT_WIDTH}} "
    )
    return Content.styled(names[:width], "$foreground-muted")


def job_line(job: Observation, glyphs: Glyphs, width: int) -> Content:
    """The row in a width."""
    status, _, name, title, stage, activity, done, seconds, left = row_texts(job)
    what_width, bar_width = _widths(width)
    id_width = _id_width(width)
    full, empty = bar(job.progress or 0.0, bar_width, glyphs) if done and job.status not in ENDED else ("", "")
    if not full + empty and bar_width:  # the text takes the room of the bar
        what_width, bar_width = what_width + bar_width, 0
    what = fit(_what(title, stage, activity, what_width), what_width, glyphs)
    return Content.assemble(
        " ",
        (f"{glyphs.status.get(status, ' ')} {status:<{STATUS_WIDTH - 2}}", STATUS_STYLES.get(status, "")),
        (f" {fit(name if id_width == ID_WIDTH else name.rpartition('-')[2], id_width, glyphs)} ", "$foreground-muted"),
        what,
        " ",
        (full, "$primary"),
        (empty, "$foreground-disabled"),
        f" {done:>{DONE_WIDTH}} {cut(seconds, TIME_WIDTH, glyphs):>{TIME_WIDTH}} ",
        (f"{left:>{LEFT_WIDTH}} ", "bold"),
    )


def _widths(width: int) -> tuple[int, int]:
    """Columns for what a job does, and for its bar; 0 without room for a bar."""
    room = width - (STATUS_WIDTH + _id_width(width) + DONE_WIDTH + TIME_WIDTH + LEFT_WIDTH + 8)
    bar_width = WIDE_BAR if room >= 60 else BAR if room >= 40 else NARROW_BAR
    if room - bar_width < MIN_WHAT:
        bar_width = 0
    return max(4, room - bar_width), bar_width


def _id_width(width: int) -> int:
    return ID_WIDTH if width >= MIN_WIDTH_FOR_ID else SHORT_ID_WIDTH


def _what(title: str, stage: str, activity: str, width: int) -> str:
    """What the job does: title and stage if there is room for both, else the stage."""
    named = f"{title}: {stage}" if stage not in ("", title) else title
    shown = named if len(named) <= width or not stage else stage
    return f"{shown}, {activity}" if activity and len(shown) + len(activity) + 2 <= width else shown
