"""Nothing that a file, a server or a model says reaches the terminal as a command to it."""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
"""The C0 and C1 control characters. They are as wide as nothing, so that a line without them is as wide as before."""


class PlainFilter(LineFilter):
    """Takes control characters out of every line that is drawn, whatever widget it is from."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        if not any(_CONTROLS.search(segment.text) for segment in segments):
            return segments
        return [Segment(_CONTROLS.sub("", text), style, control) for text, style, control in segments]
