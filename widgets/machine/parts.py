"""Pieces of text that several parts of the System pane use: bars, figures, labels."""

from __future__ import annotations

from math import isfinite

from core.figures import binary_size, size
from widgets.glyphs import Glyphs
from widgets.machine.time_graph import Line
from widgets.text_width import bar

HIGH = 0.9
"""Share from which a bar shows a warning."""

ABSENT = "-"
"""Shown for a value that is not reported."""


def percent(share: float) -> str:
    """A share as ` 45%`, four columns wide."""
    return f"{share:>4.0%}" if isfinite(share) else f"{ABSENT:>4}"


def gauge(share: float, width: int, glyphs: Glyphs, *, warn: bool = True) -> Line:
    """A bar of a share with its percentage, and a sign if it is high; `width` is that of the bar."""
    full, empty = bar(share if isfinite(share) else 0.0, max(0, width), glyphs)
    high = warn and isfinite(share) and share >= HIGH
    text = f" {percent(share)}{glyphs.warning if high else ' '}"
    return (full, "warning" if high else "full"), (empty, "empty"), (text, "warning" if high else None)


def of(used: float | None, total: float | None) -> str:
    """Such as `62 of 80 GiB`: the unit is written once if it is the same."""
    if used is None or total is None:
        return ABSENT
    have, whole = binary_size(used), binary_size(total)
    unit = whole.rpartition(" ")[2]
    return f"{have.removesuffix(f' {unit}')} of {whole}"


def rate(value: float) -> str:
    """Bytes per second."""
    return f"{size(value)}/s" if isfinite(value) else ABSENT


def short_rate(value: float) -> str:
    """Bytes per second in at most four characters, for axes: 340k, 1.2M."""
    if not isfinite(value):
        return ""
    for unit in ("", "k", "M", "G"):
        if value < 999.5:
            return f"{value:.0f}{unit}" if value >= 9.95 or not unit else f"{value:.1f}{unit}"
        value /= 1000
    return f"{value:.0f}T"
