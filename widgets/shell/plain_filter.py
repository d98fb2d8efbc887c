"""Nothing that a file, a server or a model says reaches the terminal as a command to it."""

from __future__ import annotations

import re

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from core.printable import HARMFUL


class PlainFilter(LineFilter):
    """Takes harmful characters out of every line that is drawn, whatever widget it is from.

    Nearly all are as wide as nothing; the others leave a sign of their width, so that a line stays as wide as it was.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if all(segment.text.isprintable() or not HARMFUL.search(segment.text) for segment in segments):
            return segments
        return [Segment(HARMFUL.sub(_as_wide, text), style, control) for text, style, control in segments]


def _as_wide(match: re.Match[str]) -> str:
    return "?" * cell_len(match[0])
