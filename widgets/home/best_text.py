"""The best model against its base as lines of text."""

from __future__ import annotations

from textual.content import Content

from core.overview.model import BestModel, Comparison, Figure
from widgets.charts.interval import interval_bar
from widgets.glyphs import Glyphs
from widgets.text_width import cut

MIN_BAR, MAX_BAR = 6, 36
"""Columns of a bar; without room for the fewer it is not shown."""


def best_lines(best: BestModel, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """The model's name, then for each set of questions a bar for the base and one for the tuned model.

    Only whole sets are shown. A low block has no line for a set's name, which is then before the bars.
    """
    lines = [Content.styled(cut(best.name, width, glyphs), "bold")]
    for compared in best.comparisons:
        block = _set_lines(compared, width, glyphs, low=height < 3 * len(best.comparisons) + 1)
        if len(lines) + len(block) > max(2, height):
            break
        lines += block
    return lines


def _set_lines(compared: Comparison, width: int, glyphs: Glyphs, *, low: bool) -> list[Content]:
    asked = "" if compared.tuned.questions is None else f", {compared.tuned.questions:,} questions"
    name = Content.styled(cut(f"{compared.kind}{asked}", width, glyphs), "$foreground-muted")
    first = compared.kind
    lines = [] if low else [name]
    if compared.base is not None:
        label = f"{first} base" if low else "base"
        lines.append(_bar_line(label, compared.base, None, width, glyphs, "$foreground-muted"))
    label = f"{first} tuned" if low else "tuned"
    lines.append(_bar_line(label, compared.tuned, compared.gain, width, glyphs, "$text-success"))
    return lines


def _bar_line(label: str, measured: Figure, gain: float | None, width: int, glyphs: Glyphs, style: str) -> Content:
    sign = "+-" if glyphs.ascii_only else "±"
    spread = "" if measured.stderr is None else f" {sign}{100 * measured.stderr:.1f}"
    figures = f"{100 * measured.score:>5.1f}%{spread}"
    change = "" if gain is None else f" {100 * gain:+.1f}"
    head = f"{label:<12} " if " " in label else f"{label:<5} "
    room = min(MAX_BAR, width - len(head) - 14 - len(change))
    line = interval_bar(measured.score, measured.stderr, room, ascii_only=glyphs.ascii_only) if room >= MIN_BAR else ""
    return Content.assemble((head, "$foreground-muted"), (line, style), (f" {figures:<12}", "bold"), (change, style))
