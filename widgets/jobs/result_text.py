"""A job's result as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from textual.content import Content

from core.jobs.result_figures import result_figures
from core.workflow.score_tables import ScoreTable, score_tables
from widgets.glyphs import Glyphs
from widgets.text_width import bar, cut, fit

RESULT_LINES = 24
"""The most figures that are shown; the command line prints all of them."""

COMPARED = (
    "benchmark", "base", "tuned", "plain", "free", "answers", "phases", "seen_in_training", "multiple_choice", "stages",
    "files", "guesser", "generated",
)  # fmt: skip
"""Parts of a run's result that are shown by the comparison or the stages."""

NAME_WIDTH = 28

BAR_WIDTH, MIN_BAR_WIDTH = 30, 8
"""Columns of a score's bar."""

SCORE_STYLES = {"base": "$foreground-muted", "tuned": "$text-success", "guesser": "$foreground-muted"}

Data = Mapping[str, Any]


def result_lines(result: Data, width: int, glyphs: Glyphs) -> Iterator[Content]:
    """The comparison of base and tuned model, if any, then the other figures by name."""
    compared = {"benchmark", "base", "tuned", "free"} <= result.keys() and result["base"] is not None
    if compared:
        yield from _comparison(result, width, glyphs)
    figures = list(
        result_figures({name: value for name, value in result.items() if not compared or name not in COMPARED})
    )
    name_width = min(NAME_WIDTH, max((len(name) for name, _ in figures), default=0))
    for name, value in figures[:RESULT_LINES]:
        room = max(10, width - name_width - 2)
        yield Content.assemble((fit(name, name_width, glyphs), "$foreground-muted"), "  ", cut(value, room, glyphs))
    if len(figures) > RESULT_LINES:
        yield Content.styled(f"and {len(figures) - RESULT_LINES} more", "$foreground-muted")


def _comparison(result: Data, width: int, glyphs: Glyphs) -> Iterator[Content]:
    """Scores of base and tuned model on the held-out questions, and some of their answers."""
    for table in score_tables(result):
        yield from _score_bars(table.in_ascii() if glyphs.ascii_only else table, width, glyphs)
        yield Content("")
    for answer in result.get("answers", ()):
        kind = f" ({answer['kind']})" if "kind" in answer else ""
        question = cut(answer["question"], max(10, width - len(kind)), glyphs)
        yield Content.assemble((question, "bold"), (kind, "$foreground-muted"))
        for name in ("base", "tuned", "expected"):
            shown = cut(answer[name], width - 12, glyphs)
            yield Content.assemble((f"  {name:<10}", "$foreground-muted"), (shown, SCORE_STYLES.get(name, "")))
        yield Content("")


def _score_bars(table: ScoreTable, width: int, glyphs: Glyphs) -> Iterator[Content]:
    """For each kind of question a bar of each model's score, and the gain from base to tuned."""
    yield Content.styled(cut(table.title, width, glyphs), "bold")
    name_width = max(map(len, table.columns))
    figure_width = max((len(figure) for _, _, figures in table.rows for figure in figures), default=0)
    kind_width = max((len(f"{kind} {questions}") for kind, questions, _ in table.rows), default=0)
    bar_width = min(BAR_WIDTH, width - kind_width - name_width - figure_width - 14)
    for (kind, questions, figures), scores in zip(table.rows, table.scores, strict=True):
        head = f"{kind} {questions}"
        for name, figure, (score, _) in zip(table.columns, figures, scores, strict=True):
            style = SCORE_STYLES.get(name, "")
            full, empty = bar(score, bar_width, glyphs) if bar_width >= MIN_BAR_WIDTH else ("", "")
            gain = _gain(scores[0][0], score, glyphs) if name == "tuned" else ""
            yield Content.assemble(
                (f" {head:<{kind_width}}  ", "$foreground-muted"),
                (f"{name:<{name_width}}  ", style),
                (full, style),
                (empty, "$foreground-disabled"),
                (f" {figure:>{figure_width}}", "bold" if name == "tuned" else ""),
                (gain, "$text-success" if score >= scores[0][0] else "$text-error"),
            )
            head = ""
    if table.note is not None:
        yield from (Content.styled(line, "italic $foreground-muted") for line in wrap(table.note, max(20, width)))


def _gain(base: float, tuned: float, glyphs: Glyphs) -> str:
    """The difference in percentage points, with its direction."""
    up, down = ("+", "-") if glyphs.ascii_only else ("▲", "▼")
    points = 100 * (tuned - base)
    return f" {up if points >= 0 else down}{abs(points):.1f}"
