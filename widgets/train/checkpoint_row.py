"""A checkpoint as a row: name, loss, score with its standard error, and whether it is the best."""

from __future__ import annotations

from functools import partial

from textual.content import Content

from core.overview.training.checkpoints import CheckpointFacts
from widgets.charts.interval import interval_bar
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import cut_start, fit

NAME_WIDTH, WIDE_NAME_WIDTH = 20, 26
LOSS_WIDTH = 11
SCORE_WIDTH = 13
NOTE_WIDTH = 10
BAR_WIDTH, MIN_BAR_WIDTH = 24, 7
QUESTIONS_WIDTH = 7


def checkpoint_row(one: CheckpointFacts, glyphs: Glyphs) -> Row:
    return Row(one.path, one, partial(_draw, one, glyphs))


def score_text(one: CheckpointFacts, glyphs: Glyphs) -> str:
    """Such as ` 92.5% ±4.0`; empty without a score."""
    if one.score is None:
        return ""
    sign = "+-" if glyphs.ascii_only else "±"
    spread = "" if one.score.stderr is None else f" {sign}{100 * one.score.stderr:.1f}"
    if not one.is_share:
        spread = "" if one.score.stderr is None else f" {sign}{one.score.stderr:.2f}"
        return f" {one.score.score:.3f}{spread}"
    return f" {one.score.score:.1%}{spread}"


def note_text(one: CheckpointFacts) -> tuple[str, str]:
    """A word about the checkpoint, and its style."""
    if not one.exists:
        return "removed", "$foreground-muted"
    if one.is_best and one.begins is not None:
        return f"to phase {one.begins}", "$text-success"
    if one.is_best:
        return ("best, tie" if one.is_tie else "best"), "$text-success"
    return ("tie", "$text-success") if one.is_tie else ("", "")


def _draw(one: CheckpointFacts, glyphs: Glyphs, width: int) -> Content:
    word, style = note_text(one)
    mark = "*" if one.is_best and one.begins is None else " "
    name_width = WIDE_NAME_WIDTH if width >= 90 else NAME_WIDTH
    loss = "" if one.loss is None else f"loss {one.loss:.3f}"
    score = score_text(one, glyphs).strip() or loss or "not scored"
    asked = "" if one.score is None or one.score.questions is None else f"n {one.score.questions:,}"
    name = cut_start(one.name, name_width, glyphs).ljust(name_width)
    muted = "$foreground-muted"
    parts: list[tuple[str, str]] = [(f"{mark} ", style), (name, "bold" if one.is_best else "")]
    room = width - 2 - name_width - NOTE_WIDTH - 1 - SCORE_WIDTH - 1
    if room >= LOSS_WIDTH + 1 + MIN_BAR_WIDTH + 1:
        parts.append((f" {loss if one.score else '':<{LOSS_WIDTH}}", muted))
        room -= LOSS_WIDTH + 1
    parts.append((f" {score:>{SCORE_WIDTH}}", "bold" if one.score else muted))
    if room >= MIN_BAR_WIDTH + 1 and one.score is not None and one.is_share:
        bar_width = min(BAR_WIDTH, room - 1 - (QUESTIONS_WIDTH + 1 if room >= 20 else 0))
        drawn = interval_bar(one.score.score, one.score.stderr, bar_width, ascii_only=glyphs.ascii_only)
        parts.append((f" {drawn}", "$text-primary"))
        if room >= 20:
            parts.append((f" {asked:<{QUESTIONS_WIDTH}}", muted))
        if room - bar_width > len(one.benchmark) + 12 and one.benchmark:
            parts.append((f" {one.benchmark}", muted))
    parts.append((f" {fit(word, NOTE_WIDTH, glyphs)}", style))
    return Content.assemble(*parts)
