"""The best model against its base as lines of text."""

from __future__ import annotations

from textual.content import Content

from core.figures import counted
from core.overview.model import BestModel, Comparison, Figure
from widgets.charts.interval import interval_bar
from widgets.glyphs import Glyphs
from widgets.text_width import cut

MIN_BAR, MAX_BAR = 6, 40
"""Columns of a bar; without room for the fewer it is not shown."""

FIGURES = 12
"""Columns of a score with its standard error."""


def best_lines(best: BestModel, width: int, height: int, glyphs: Glyphs) -> list[Content]:
    """For each set of questions a bar for the base and one for the tuned model, as many whole sets as fit.

    Where there is room each set has a line with its name; elsewhere the name is before the bars.
    """
    lines: list[Content] = []
    named = 4 * len(best.comparisons) - 1 <= height
    for compared in best.comparisons:
        block = _set_lines(compared, width, glyphs, named=named)
        if lines and len(lines) + len(block) > height:
            break
        lines += block
        if named:
            lines.append(Content(""))
    return lines or [Content.styled("It has not been scored yet.", "$foreground-muted")]


def _set_lines(compared: Comparison, width: int, glyphs: Glyphs, *, named: bool) -> list[Content]:
    asked = "" if compared.tuned.questions is None else f", {counted(compared.tuned.questions, 'question')}"
    kind = "" if named else f"{compared.kind} "
    style = "$text-success" if compared.gain is None or compared.gain >= 0 else "$text-error"
    lines = [Content.styled(cut(f"{compared.kind}{asked}", width, glyphs), "bold")] if named else []
    if compared.guesser is not None and named:
        lines.append(_bar_line("guess", compared.guesser, None, width, glyphs, "$foreground-muted"))
    if compared.base is not None:
        lines.append(_bar_line(f"{kind}base", compared.base, None, width, glyphs, "$foreground-muted"))
    lines.append(_bar_line(f"{kind}tuned", compared.tuned, compared.gain, width, glyphs, style))
    return lines


def _bar_line(label: str, figure: Figure, gain: float | None, width: int, glyphs: Glyphs, style: str) -> Content:
    sign = "+-" if glyphs.ascii_only else "±"
    spread = "" if figure.stderr is None else f" {sign}{100 * figure.stderr:.1f}"
    score = f"{100 * figure.score:>6.1f}%{spread}"
    change = "" if gain is None else f"{100 * gain:+6.1f}"
    head = f"{label:<11} " if " " in label else f"{label:<5} "
    figures = FIGURES + len(sign) - 1
    room = min(MAX_BAR, width - len(head) - figures - 6)
    line = interval_bar(figure.score, figure.stderr, room, ascii_only=glyphs.ascii_only) if room >= MIN_BAR else ""
    return Content.assemble(
        (head, "$foreground-muted"), (line, style), (f"{score:<{figures}}", "bold"), (change, f"bold {style}")
    )
