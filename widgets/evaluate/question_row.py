"""A question as a row: how its score has changed, the score, its task, and its text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual.content import Content

from core.overview.asked import AskedPair
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import cut, fit

MIN_WIDTH_FOR_TASK = 60

CHANGES = {1: ("better", "$text-success"), -1: ("worse", "$text-error"), 0: ("", "")}
"""The word and style of a change, by its sign."""

SCORE_WIDTH, CHANGE_WIDTH = 6, 6


@dataclass(frozen=True)
class QuestionLine:
    """What a row shows."""

    number: int
    pair: AskedPair
    ratings: bool
    """Whether scores are a judge's; otherwise they are right or wrong."""


def question_row(line: QuestionLine, glyphs: Glyphs) -> Row:
    return Row(line.number, line, partial(_draw, line, glyphs))


def score_word(score: float | None, *, ratings: bool) -> tuple[str, str]:
    """A question's score for people, and its style."""
    if score is None:
        return "none", "$text-warning"
    if ratings:
        return f"{score:.3g}", ""
    return ("right", "$text-success") if score >= 1 else ("wrong", "$text-error")


def change_word(pair: AskedPair) -> tuple[str, str]:
    """Whether the second model is better or worse on a question, and the style."""
    return CHANGES[(pair.change > 0) - (pair.change < 0)]


def _draw(line: QuestionLine, glyphs: Glyphs, width: int) -> Content:
    asked = line.pair.second
    score, style = score_word(asked.score, ratings=line.ratings)
    change, change_style = change_word(line.pair)
    task = min(24, width // 4) if width >= MIN_WIDTH_FOR_TASK else 0
    room = max(8, width - 2 - SCORE_WIDTH - 1 - CHANGE_WIDTH - 1 - (task + 1 if task else 0))
    parts: list[tuple[str, str]] = [
        (f" {score:<{SCORE_WIDTH}} ", style),
        (f"{change:<{CHANGE_WIDTH}} ", change_style),
    ]
    if task:
        parts.append((f"{fit(asked.task, task, glyphs)} ", "$foreground-muted"))
    return Content.assemble(*parts, cut(asked.question, room, glyphs))
