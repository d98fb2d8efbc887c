"""A job's state as lines of text: stages, counts, scores, notes, and its outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any

from textual.content import Content

from core.figures import counted
from core.jobs.ended import what_is_kept
from core.jobs.state.job_state import Count, JobState, Score
from core.overview.model_name import model_name
from widgets.charts.interval import interval_bar
from widgets.glyphs import Glyphs
from widgets.jobs.result_text import result_lines
from widgets.text_width import bar, cut, fit

LEAVES = 12
"""The most leaves whose counts are shown; the files have all of them."""

KEPT_BAR = 6
"""Columns of the bar of what was kept of a leaf."""

NOTES, SCORES = 5, 8
"""How many of the newest notes and scores are shown."""

SCORE_BAR_WIDTH, MIN_SCORE_BAR_WIDTH = 24, 8
"""Columns of a score's axis; without room for the fewer it is not shown."""

Data = Mapping[str, Any]


def count_lines(counts: Iterable[Count], width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each leaf: what its blocks produced, what was kept of it at the end, and why the rest was rejected."""
    leaves: dict[str, list[Count]] = {}
    for count in counts:
        leaves.setdefault(count.leaf, []).append(count)
    if not leaves:
        return []
    name_width = max(8, min(max(map(len, leaves)), width - 46 if width >= 64 else width - 39))
    head = f"{'':<{name_width}} {'produced':>9} {'kept':>7}        rejected"[:width]
    lines = [Content.styled(head, "$foreground-muted")]
    for leaf, blocks in list(leaves.items())[:LEAVES]:
        produced, kept = max(block.produced for block in blocks), blocks[-1].kept
        reasons: dict[str, int] = {}
        for block in blocks:
            for reason, number in block.rejected.items():
                reasons[reason] = reasons.get(reason, 0) + number
        full, empty = bar(kept / produced if produced else 0.0, KEPT_BAR, glyphs)
        shown = ", ".join(f"{reason} {number:,}" for reason, number in reasons.items() if number)
        room = max(0, width - name_width - 27)
        lines.append(
            Content.assemble(
                _end_of(leaf, name_width, glyphs),
                f" {produced:>9,} {kept:>7,} ",
                (full, "$text-success"),
                (empty, "$foreground-disabled"),
                (f"  {cut(shown, room, glyphs)}", "$foreground-muted"),
            )
        )
    if len(leaves) > LEAVES:
        lines.append(Content.styled(f"and {len(leaves) - LEAVES} more leaves", "$foreground-muted"))
    return lines


def _end_of(name: str, width: int, glyphs: Glyphs) -> str:
    """A long name without its beginning, which leaves have in common."""
    return name.ljust(width) if len(name) <= width else glyphs.ellipsis + name[len(name) - width + 1 :]


def score_lines(state: JobState, width: int, glyphs: Glyphs) -> list[Content]:
    """The newest scores, with their standard errors on an axis from 0 to 1 if all are in that range."""
    shown = state.scores[-SCORES:]
    if not shown:
        return []
    models = [model_name(score.model) if score.model.startswith("/") else score.model for score in shown]
    names = [f"{score.benchmark}  {model}" for score, model in zip(shown, models, strict=True)]
    figures = [_score_figures(score, glyphs) for score in shown]
    asked = ["" if score.n is None else f"  {counted(score.n, 'question')}" for score in shown]
    room = width - max(map(len, figures)) - 2
    bar_width = min(SCORE_BAR_WIDTH, room - max(map(len, names)))
    has_bars = bar_width >= MIN_SCORE_BAR_WIDTH and all(0 <= score.score <= 1 for score in shown)
    has_asked = has_bars and room - max(map(len, names)) - bar_width >= max(map(len, asked))
    lines = []
    for score, name, text, questions in zip(shown, names, figures, asked, strict=True):
        interval = interval_bar(score.score, score.stderr, bar_width, ascii_only=glyphs.ascii_only)
        fitted = fit(name, max(map(len, names)) if has_bars else max(10, width - len(text)), glyphs)
        lines.append(
            Content.assemble(
                fitted,
                (f"  {interval}" if has_bars else "", "$text-primary"),
                (text, "bold"),
                (questions if has_asked else "", "$foreground-muted"),
            )
        )
    return lines


def _score_figures(score: Score, glyphs: Glyphs) -> str:
    sign = "+-" if glyphs.ascii_only else "±"
    spread = "" if score.stderr is None else f" {sign}{score.stderr:.3f}"
    return f"  {score.score:.3f}{spread}"


def note_lines(state: JobState, width: int, glyphs: Glyphs) -> list[Content]:
    """The newest notes with their hints, whole."""
    lines = []
    for note in state.notes[-NOTES:]:
        level = str(note.get("level"))
        sign = {"warning": glyphs.warning, "error": glyphs.error}.get(level, glyphs.file)
        style = {"warning": "$text-warning", "error": "$text-error"}.get(level, "$foreground-muted")
        hint = f"  {note['hint']}" if note.get("hint") else ""
        text = wrap(f"{note.get('message', '')}{hint}", max(20, width - 2)) or [""]
        lines.append(Content.styled(f"{sign} {text[0]}", style))
        lines += [Content.styled(f"  {line}", "$foreground-muted") for line in text[1:]]
    return lines


def end_lines(state: JobState, status: str, width: int, glyphs: Glyphs) -> list[Content]:
    """The error with its hint, or the result; `status` is as observed, since a lost job reported no end."""
    lines: list[Content] = []
    if status == "lost":
        lines.append(Content.styled(f"{glyphs.error} Its process died without a report.", "bold $text-error"))
        lines.append(Content(f"  {what_is_kept(state.kind)}."))
    elif status == "cancelled":
        lines.append(Content(f"Stopped. {what_is_kept(state.kind)}."))
    if state.error:
        text = wrap(str(state.error.get("message", "")), max(20, width - 2)) or [""]
        lines.append(Content.styled(f"{glyphs.error} {text[0]}", "bold $text-error"))
        lines += [Content.styled(f"  {line}", "bold $text-error") for line in text[1:]]
        if state.error.get("hint"):
            lines += [Content(f"  {line}") for line in wrap(str(state.error["hint"]), max(20, width - 2))]
    if state.result:
        lines.extend(result_lines(state.result, width, glyphs))
    return lines
