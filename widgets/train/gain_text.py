"""What a training gained and lost, as lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from core.overview.training.gains import Gain
from widgets.glyphs import Glyphs
from widgets.text_width import fit

NAME_WIDTH = 16

STYLES = {"gained": "$text-success", "lost": "$text-error"}


def gain_lines(found: Sequence[Gain], width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each benchmark: the score before and after, and the difference with its standard error."""
    arrow, sign = ("->", "+-") if glyphs.ascii_only else ("→", "±")
    lines = []
    for gain in found:
        error = "" if gain.stderr is None else f" {sign}{_figure(gain.stderr, gain)}"
        scores = f"{_figure(gain.base, gain):>5} {arrow} {_figure(gain.tuned, gain):<6}"
        difference = f"{'+' if gain.difference >= 0 else '-'}{_figure(abs(gain.difference), gain)}{error}"
        name = fit(gain.benchmark, NAME_WIDTH, glyphs)
        line = Content.assemble(
            (name, ""),
            (f" {scores} ", "$foreground-muted"),
            (difference, STYLES.get(gain.verdict, "")),
            f" {gain.verdict}",
        )
        lines.append(line.truncate(width, ellipsis=True))
    return lines


def gain_parts(found: Sequence[Gain]) -> list[str]:
    """The differences as short texts, such as `mmlu_branch +70.7`."""
    return [f"{gain.benchmark} {_difference(gain)}" for gain in found]


def _difference(gain: Gain) -> str:
    return f"{'+' if gain.difference >= 0 else '-'}{_figure(abs(gain.difference), gain)}"


def _figure(value: float, gain: Gain) -> str:
    return f"{100 * value:.1f}" if gain.is_share else f"{value:.2f}"
