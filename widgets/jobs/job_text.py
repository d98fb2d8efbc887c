"""A job's state as lines of text: stages, counts, scores, notes, and its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any

from textual.content import Content

from core.jobs.state.job_state import Count, JobState, Score
from core.jobs.state.stage_text import stage_figures
from widgets.charts.interval import interval_bar
from widgets.glyphs import STATUS_STYLES, Glyphs
from widgets.jobs.result_text import result_lines
from widgets.text_width import bar, cut, fit

TITLE_WIDTH = 30
"""Columns for a stage's title or a leaf's name."""

SHOWN = 5
"""How many of the newest scores and notes are shown."""

SCORE_BAR_WIDTH, MIN_SCORE_BAR_WIDTH = 24, 8
"""Columns of a score's axis; without room for the fewer it is not shown."""

Data = Mapping[str, Any]


def status_text(status: str, glyphs: Glyphs, width: int = 0) -> Content:
    """Symbol and word."""
    return Content.styled(f"{glyphs.status.get(status, ' ')} {status:<{width}}", STATUS_STYLES.get(status, ""))


def stage_lines(state: JobState, width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each stage, and the purpose of the running one."""
    title_width = min(TITLE_WIDTH, max([12, *(len(stage.title) for stage in state.stages.values())]))
    bar_width = 20 if width >= 100 else 12
    lines = []
    for stage in state.stages.values():
        style = STATUS_STYLES[stage.status]
        parts: list[tuple[str, str]] = [
            (f"{glyphs.status[stage.status]} ", style),
            (fit(stage.title, title_width, glyphs), "bold" if stage.status == "running" else style),
            ("  ", ""),
        ]
        if stage.status == "running" and stage.progress is not None and stage.progress.fraction is not None:
            full, empty = bar(stage.fraction, bar_width, glyphs)
            parts += [(full, "$primary"), (empty, "$foreground-disabled"), (f" {int(stage.fraction * 100):>3}%  ", "")]
        room = max(0, width - sum(len(text) for text, _ in parts))
        parts.append((_fitting_parts(stage_figures(stage, state), room, glyphs), "$foreground-muted"))
        lines.append(Content.assemble(*parts))
    if state.stage is not None and state.stage.purpose:
        lines.append(Content.styled(cut(state.stage.purpose, width, glyphs), "italic $foreground-muted"))
    return lines


def _fitting_parts(text: str, width: int, glyphs: Glyphs) -> str:
    """As many parts of a comma-separated list as fit."""
    while len(text) > width and ", " in text:
        text = text.rpartition(", ")[0]
    return cut(text, width, glyphs)


def count_lines(counts: Iterable[Count], width: int, glyphs: Glyphs) -> list[Content]:
    """Counts per block and leaf: produced, parsed, kept, and rejected by reason."""
    counts = sorted(counts, key=lambda count: count.leaf)
    block_width = max(16, min(width - 48, 32, max((len(count.block) for count in counts), default=0)))
    head = f"  {'':<{block_width}} {'produced':>9} {'parsed':>7} {'kept':>7}  rejected"
    lines: list[Content] = []
    leaf = None
    for count in counts:
        if count.leaf != leaf:
            leaf = count.leaf
            lines.append(Content(cut(leaf, width, glyphs)))
        figures = f" {count.produced:>9,} {count.parsed:>7,} {count.kept:>7,}"
        reasons = ", ".join(f"{reason} {number:,}" for reason, number in count.rejected.items() if number)
        room = max(0, width - block_width - len(figures) - 4)
        lines.append(
            Content.assemble(
                f"  {fit(count.block, block_width, glyphs)}",
                figures,
                (f"  {cut(reasons, room, glyphs)}", "$foreground-muted"),
            )
        )
    return [Content.styled(head, "$foreground-muted"), *lines] if lines else []


def score_lines(state: JobState, width: int, glyphs: Glyphs) -> list[Content]:
    """The newest scores, with their standard errors on an axis from 0 to 1 if all are in that range."""
    shown = state.scores[-SHOWN:]
    if not shown:
        return []
    benchmark_width = max(len(score.benchmark) for score in shown)
    model_width = max(len(score.model) for score in shown)
    figures = [_score_figures(score, glyphs) for score in shown]
    bar_width = min(SCORE_BAR_WIDTH, width - benchmark_width - model_width - 4 - max(map(len, figures)))
    has_bars = bar_width >= MIN_SCORE_BAR_WIDTH and all(0 <= score.score <= 1 for score in shown)
    lines = []
    for score, text in zip(shown, figures, strict=True):
        room = max(10, width - len(text))
        name = f"{score.benchmark:<{benchmark_width}}  {score.model:<{model_width}}"
        if len(name) > room:
            name = cut(f"{score.benchmark} {score.model}", room, glyphs)
        interval = interval_bar(score.score, score.stderr, bar_width, ascii_only=glyphs.ascii_only)
        lines.append(Content.assemble(name, (f"  {interval}" if has_bars else "", "$text-primary"), (text, "bold")))
    return lines


def _score_figures(score: Score, glyphs: Glyphs) -> str:
    sign = "+-" if glyphs.ascii_only else "±"
    spread = "" if score.stderr is None else f" {sign}{score.stderr:.3f}"
    asked = "" if score.n is None else f", {score.n:,} questions"
    return f"  {score.score:.3f}{spread}{asked}"


def note_lines(state: JobState, glyphs: Glyphs) -> list[Content]:
    """The newest notes with their hints."""
    lines = []
    for note in state.notes[-SHOWN:]:
        level = note.get("level")
        sign = {"warning": glyphs.warning, "error": glyphs.error}.get(str(level), glyphs.file)
        style = {"warning": "$text-warning", "error": "$text-error"}.get(str(level), "$foreground-muted")
        hint = f"  {note['hint']}" if note.get("hint") else ""
        lines.append(Content.assemble((f"{sign} {note.get('message', '')}", style), (hint, "$foreground-muted")))
    return lines


def end_lines(state: JobState, status: str, width: int, glyphs: Glyphs) -> list[Content]:
    """The error with its hint, or the result; `status` is as observed, since a lost job reported no end."""
    lines: list[Content] = []
    if status == "lost":
        lines.append(Content.styled(f"{glyphs.error} Its process died without a report.", "bold $text-error"))
        lines.append(Content("  What it had saved is kept; press r to resume."))
    elif status == "cancelled":
        lines.append(Content("Stopped. What it had saved is kept; press r to resume."))
    if state.error:
        lines.append(Content.styled(f"{glyphs.error} {state.error.get('message', '')}", "bold $text-error"))
        if state.error.get("hint"):
            lines += [Content(f"  {line}") for line in wrap(str(state.error["hint"]), max(20, width - 2))]
    if state.result:
        lines.extend(result_lines(state.result, width, glyphs))
    return lines
