"""A training as a row: whether it is shown or overlaid, status, date, model, data, strategy, loss and score."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content

from widgets.charts.line_plot import ASCII_MARKS, BRAILLE_MARKS
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import cut, fit
from widgets.train.chart_tile import LEGEND_STYLES
from widgets.train.checkpoint_row import score_text

if TYPE_CHECKING:
    from core.overview.training.runs import RunSummary

STATUS_WIDTH = 11
DATE_WIDTH = 11
STRATEGY_WIDTH = 16
"""Of `two phases, LoRA`."""
LOSS_WIDTH, SCORE_WIDTH, ID_WIDTH = 6, 11, 16
MIN_MODEL, MAX_MODEL = 10, 32

MIN_WIDTH_FOR_ID, MIN_WIDTH_FOR_DATA, MIN_WIDTH_FOR_STRATEGY = 100, 116, 62


@dataclass(frozen=True)
class RunLine:
    """What a row shows."""

    run: RunSummary
    look: int | None = None
    """How its curve is drawn in the charts; None if it is not in them."""
    shown: bool = False
    """Whether it is the training that the pane shows."""


def run_row(line: RunLine, glyphs: Glyphs) -> Row:
    job = line.run.job
    shows = (line.look, line.shown, job.shown_status, line.run.facts, line.run.data, line.run.loss, line.run.best)
    return Row(line.run.id, shows, partial(_draw, line, glyphs))


def run_header(width: int) -> Content:
    """The names of the columns."""
    model, data = _widths(width)
    names = f"    {'STATUS':<{STATUS_WIDTH}} {'STARTED':<{DATE_WIDTH}} {'MODEL':<{model}}"
    names += f" {'DATA':<{data}}" if data else ""
    names += f" {'STRATEGY':<{STRATEGY_WIDTH}}" if width >= MIN_WIDTH_FOR_STRATEGY else ""
    names += f" {'LOSS':>{LOSS_WIDTH}} {'SCORE':>{SCORE_WIDTH}}"
    names += f" {'JOB':<{ID_WIDTH}}" if width >= MIN_WIDTH_FOR_ID else ""
    return Content.styled(names[:width], "$foreground-muted")


def _widths(width: int) -> tuple[int, int]:
    """Columns for model and data; 0 if there is no room for the data."""
    used = 4 + STATUS_WIDTH + 1 + DATE_WIDTH + 1 + 1 + LOSS_WIDTH + 1 + SCORE_WIDTH
    used += STRATEGY_WIDTH + 1 if width >= MIN_WIDTH_FOR_STRATEGY else 0
    used += ID_WIDTH + 1 if width >= MIN_WIDTH_FOR_ID else 0
    left = max(MIN_MODEL, width - used)
    if width < MIN_WIDTH_FOR_DATA:
        return left, 0
    model = min(MAX_MODEL, left // 2)
    return model, left - model - 1


def _draw(line: RunLine, glyphs: Glyphs, width: int) -> Content:
    run, job = line.run, line.run.job
    model, data = _widths(width)
    marks = ASCII_MARKS if glyphs.ascii_only else BRAILLE_MARKS
    mark = " " if line.look is None else marks[line.look % len(marks)]
    style = "" if line.look is None else LEGEND_STYLES[line.look % len(LEGEND_STYLES)]
    status = fit(f"{glyphs.status.get(job.shown_status, ' ')} {job.shown_status}", STATUS_WIDTH, glyphs)
    date = time.strftime("%m-%d %H:%M", time.localtime(job.started or job.spec.created))
    loss = "" if run.loss is None else f"{run.loss:.3f}"
    score = "" if run.best is None else score_text(run.best, glyphs).strip()
    arrow = ">" if glyphs.ascii_only else "▸"
    muted = "$foreground-muted"
    parts: list[tuple[str, str]] = [
        (f"{arrow if line.shown else ' '} ", "$text-primary"),
        (f"{mark} ", style),
        (status, STATUS_STYLES.get(job.shown_status, "")),
        (f" {date:<{DATE_WIDTH}}", muted),
        (f" {fit(run.facts.model or job.spec.title, model, glyphs)}", "bold" if line.shown else ""),
    ]
    if data:
        parts.append((f" {fit(run.data, data, glyphs)}", muted))
    if width >= MIN_WIDTH_FOR_STRATEGY:
        parts.append((f" {fit(run.facts.strategy, STRATEGY_WIDTH, glyphs)}", muted))
    parts += [(f" {loss:>{LOSS_WIDTH}}", ""), (f" {cut(score, SCORE_WIDTH, glyphs):>{SCORE_WIDTH}}", "bold")]
    if width >= MIN_WIDTH_FOR_ID:
        parts.append((f" {fit(job.spec.id, ID_WIDTH, glyphs)}", muted))
    return Content.assemble(*parts)
