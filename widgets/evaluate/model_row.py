"""A model with its scores as a row: the chosen benchmark first, and as many others as fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from textual.content import Content

from core.overview.evaluations import ScoredModel
from core.overview.scores import known_text
from widgets.glyphs import Glyphs
from widgets.lists.row_list import Row
from widgets.text_width import cut_start, fit

SCORE_WIDTH = 14
"""Columns of a score with its standard error."""

MIN_NAME_WIDTH = 20


@dataclass(frozen=True)
class ModelLine:
    """What a row shows."""

    model: ScoredModel
    cells: tuple[str, ...]
    """The score on each benchmark; empty where it was not measured."""
    is_reference: bool = False
    is_top: bool = False
    """Whether no other model has a better score on the first benchmark."""


def model_line(model: ScoredModel, benchmarks: Sequence[str], *, reference: bool, top: bool) -> ModelLine:
    scores = (model.scores.get(name) for name in benchmarks)
    cells = (known_text(score, short=True) if score else "" for score in scores)
    return ModelLine(model, tuple(cells), reference, top)


def model_row(line: ModelLine, glyphs: Glyphs) -> Row:
    shows = (line.model.path, line.model.is_best, line.cells, line.is_reference, line.is_top)
    return Row(line.model.path, shows, partial(_draw, line, glyphs))


def model_header(benchmarks: Sequence[str], width: int, glyphs: Glyphs) -> Content:
    """The names of the columns."""
    name, count = columns(width, len(benchmarks))
    parts: list[tuple[str, str]] = [(f"   {'MODEL':<{name}}", "$foreground-muted")]
    for number, benchmark in enumerate(benchmarks[:count]):
        parts.append(
            (
                f" {fit(benchmark, SCORE_WIDTH, glyphs).rstrip():>{SCORE_WIDTH}}",
                "bold" if not number else "$foreground-muted",
            )
        )
    return Content.assemble(*parts)


def columns(width: int, benchmarks: int) -> tuple[int, int]:
    """Columns for the name, and how many benchmarks fit."""
    count = max(1, min(benchmarks, (width - 4 - MIN_NAME_WIDTH) // (SCORE_WIDTH + 1)))
    return max(8, width - 4 - count * (SCORE_WIDTH + 1)), count


def _draw(line: ModelLine, glyphs: Glyphs, width: int) -> Content:
    name, count = columns(width, len(line.cells))
    mark = "=" if line.is_reference else "*" if line.model.is_best else " "
    style = "bold" if line.model.is_best else ""
    parts: list[tuple[str, str]] = [
        (f" {mark} ", "$text-primary" if line.is_reference else "$text-success"),
        (cut_start(line.model.name, name, glyphs).ljust(name), style),
    ]
    for number, cell in enumerate(line.cells[:count]):
        text = cell.replace("±", "+-") if glyphs.ascii_only else cell
        parts.append((f" {text or '-':>{SCORE_WIDTH}}", "$text-success" if not number and line.is_top else ""))
    return Content.assemble(*parts)
