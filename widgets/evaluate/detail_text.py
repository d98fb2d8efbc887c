"""What is known about the model or question under the cursor, as lines of text."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from math import isfinite
from textwrap import wrap

from textual.content import Content

from core.evaluation.statistics import Comparison
from core.figures import counted
from core.overview.asked import AskedPair, AskedQuestion
from core.overview.evaluations import ScoredModel
from core.overview.model import Figure
from core.overview.scores import KnownScore, is_better, is_share, score_text
from core.printable import printable_lines
from widgets.charts.interval import interval_bar
from widgets.evaluate.question_row import change_word, score_word
from widgets.glyphs import Glyphs
from widgets.text_width import cut, fit

MAX_BAR_WIDTH, MIN_BAR_WIDTH = 30, 8
LABEL_WIDTH = 10
NAME_WIDTH, FIGURE_WIDTH = 20, 20
"""Columns of a benchmark's name, and of a score."""

MAX_SHOWN = 20_000
"""Characters of a text; wrapping those of a model that repeats itself without end would take a minute."""

Part = tuple[str, str]


def model_lines(
    model: ScoredModel, benchmarks: Sequence[str], tasks: Sequence[tuple[str, Figure]], width: int, glyphs: Glyphs
) -> list[Content]:
    """All scores of a model, each on an axis from 0 to 1 with its standard error; tasks below the first."""
    lines = []
    for name in benchmarks:
        score = model.scores.get(name)
        if score is None:
            continue
        lines.append(_figure_line(name, name, score.figure, width, glyphs))
        if score.total is not None:
            counts = f"{len(score.tasks)} of {counted(score.total, 'task')}; the mean of those is shown"
            lines += _wrapped("finished", counts, width, glyphs)
        if name == benchmarks[0] and (len(tasks) > 1 or score.total is not None):
            lines += [_figure_line(name, f"  {task}", figure, width, glyphs) for task, figure in tasks]
    won, votes = model.votes
    if votes:
        lines += _wrapped(
            "votes", f"the best answer in {won:,} of {counted(votes, 'side-by-side chat')}", width, glyphs
        )
    newest = max(model.scores.values(), key=lambda score: score.ended)
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(newest.ended)) if isfinite(newest.ended) else "now"
    lines += _wrapped("measured", f"{when} by {newest.job}", width, glyphs)
    return [*lines, *_wrapped("folder", model.path, width, glyphs)]


def _figure_line(benchmark: str, label: str, figure: Figure, width: int, glyphs: Glyphs) -> Content:
    bar = min(MAX_BAR_WIDTH, width - NAME_WIDTH - FIGURE_WIDTH)
    text = score_text(benchmark, figure.score, figure.stderr) + (
        f"  n={figure.questions:,}" if figure.questions else ""
    )
    drawn = interval_bar(figure.score, figure.stderr, bar, ascii_only=glyphs.ascii_only)
    axis = f"{drawn} " if is_share(benchmark) and bar >= MIN_BAR_WIDTH else ""
    style = "$foreground-muted" if label.startswith(" ") else ""
    name = fit(label.strip(), NAME_WIDTH - 2, glyphs) if style else fit(label, NAME_WIDTH, glyphs)
    return _line([("  " if style else "", ""), (f"{name} ", style), (axis, "$primary"), (_ascii(text, glyphs), "bold")])


def change_lines(
    reference: ScoredModel, scores: tuple[KnownScore, KnownScore], change: Comparison | None
) -> list[Content]:
    """How a model's score differs from that of the reference."""
    first, second = scores
    benchmark = second.benchmark
    if change is None:
        difference = second.figure.score - first.figure.score
        text = f"{score_text(benchmark, difference, sign='+')} against {reference.name}"
        return [_line([(text, ""), (", not compared question by question", "$foreground-muted")])]
    style, word = "$foreground-muted", "no significant change"
    if change.significant:
        better = is_better(benchmark, change.difference)
        style, word = ("$text-success", "better") if better else ("$text-error", "worse")
    low, high = (score_text(benchmark, value, sign="+") for value in (change.low, change.high))
    text = f"{score_text(benchmark, change.difference, sign='+')} ({low} to {high}) against {reference.name}: "
    counts = f", {change.gained:,} gained, {change.lost:,} lost"
    return [_line([(text, ""), (word, style), (counts, "$foreground-muted")])]


def question_lines(
    pair: AskedPair, names: tuple[str, str], width: int, glyphs: Glyphs, *, ratings: bool
) -> list[Content]:
    """A question with both answers, what was expected, and the judge's words."""
    asked = pair.second
    lines = _wrapped("question", asked.question, width, glyphs, style="bold")
    if asked.choices:
        lines += _wrapped("choices", " / ".join(asked.choices), width, glyphs)
    lines += _wrapped("expected", asked.expected, width, glyphs)
    change, change_style = change_word(pair)
    lines += _answer(names[1], asked, width, glyphs, ratings=ratings, extra=(change, change_style))
    if pair.first is not None:
        lines += _answer(names[0], pair.first, width, glyphs, ratings=ratings)
    return lines


def _answer(
    model: str, asked: AskedQuestion, width: int, glyphs: Glyphs, *, ratings: bool, extra: Part = ("", "")
) -> list[Content]:
    word, style = score_word(asked.score, ratings=ratings)
    change, change_style = extra
    head = [(f"{cut(model, max(10, width - 24), glyphs)}: ", "$text-primary"), (word, style)]
    lines = [_line([*head, (f", {change}" if change else "", change_style)])]
    lines += _wrapped("", asked.answer or "(empty)", width, glyphs)
    return [*lines, *_wrapped("judge" if ratings else "because", asked.comment, width, glyphs)]


def _wrapped(label: str, value: str, width: int, glyphs: Glyphs, *, style: str = "") -> list[Content]:
    return list(_wrap(label, value, width, glyphs, style))


def _wrap(label: str, value: str, width: int, glyphs: Glyphs, style: str) -> Iterator[Content]:
    if not value.strip():
        return
    room = max(10, width - LABEL_WIDTH)
    if (more := len(value) - MAX_SHOWN) > 0:
        value = f"{value[:MAX_SHOWN]}\n({counted(more, 'more character')}: ctrl+s writes them to a file)"
    parts = [part for line in printable_lines(value).splitlines() for part in wrap(line, room, break_on_hyphens=False)]
    for number, text in enumerate(parts):
        shown = f"{label if not number else '':<{LABEL_WIDTH}}"
        yield Content.assemble((shown, "$foreground-muted"), (cut(text, room, glyphs), style))


def _line(parts: Sequence[Part]) -> Content:
    return Content.assemble(*parts)


def _ascii(text: str, glyphs: Glyphs) -> str:
    return text.replace("±", "+-") if glyphs.ascii_only else text
