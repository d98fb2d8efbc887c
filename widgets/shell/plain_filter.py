"""Keeps control sequences in files, server replies and model output from reaching the terminal."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from core.printable import HARMFUL


class PlainFilter(LineFilter):
    """Removes harmful characters from every drawn line of any widget.

    Nearly all have no width; the others are replaced by as many `?`, so that the line keeps its width.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.text.isprintable() or not HARMFUL.search(segment.text) for segment in segments):
            return segments
        return [Segment(HARMFUL.sub(_as_wide, text), style, control) for text, style, control in segments]


def _as_wide(match: re.Match[str]) -> str:
    return "?" * cell_len(match[0])
