"""The rates of a job as lines, with sparklines where there is room."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from core.jobs.state.rates import Rate
from widgets.charts.sparkline import sparkline
from widgets.glyphs import Glyphs

NAME_WIDTH = 12
GAP = "   "


def rate_line(rates: Sequence[Rate], width: int) -> list[Content]:
    """All rates in one line, as many as fit."""
    parts: list[Content] = []
    used = 0
    for rate in rates:
        part = Content.assemble((f"{rate.name} ", "$foreground-muted"), (rate.value, "bold"))
        if rate.name == "loss" and rate.detail:
            part = Content.assemble(part, (f" {rate.detail.partition('  ')[0]}", "$foreground-muted"))
        needed = part.cell_length + (len(GAP) if parts else 0)
        if used + needed > width:
            continue
        parts.append(part)
        used += needed
    return [Content(GAP).join(parts)] if parts else []


def rate_lines(rates: Sequence[Rate], width: int, glyphs: Glyphs) -> list[Content]:
    """A line for each rate: name, value, detail, and how it changed."""
    value_width = max((len(rate.value) for rate in rates), default=0)
    detail_width = max((len(rate.detail) for rate in rates), default=0)
    if NAME_WIDTH + value_width + detail_width + 4 > width:
        detail_width = 0
    room = width - NAME_WIDTH - value_width - detail_width - 4
    lines = []
    for rate in rates:
        drawn = sparkline(rate.values, max(0, min(60, room)), ascii_only=glyphs.ascii_only) if room >= 6 else ""
        lines.append(
            Content.assemble(
                (f"{rate.name:<{NAME_WIDTH}}", "$foreground-muted"),
                (f"{rate.value:>{value_width}}", "bold"),
                (f"  {rate.detail[:detail_width]:<{detail_width}}  ", "$foreground-muted"),
                (drawn, "$text-primary"),
            )
        )
    return lines
