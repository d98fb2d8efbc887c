"""Texts in the lines of frames."""

from __future__ import annotations

from collections.abc import Iterable

from widgets.glyphs import Glyphs
from widgets.text_width import cut

FRAME_ENDS = 4
"""Columns of a frame's line that are no text."""


def together(parts: Iterable[str], glyphs: Glyphs) -> str:
    """Parts of a title with a sign between them; empty ones are left out."""
    return (" - " if glyphs.ascii_only else " · ").join(filter(None, parts))


def in_frame(text: str, width: int, glyphs: Glyphs) -> str:
    """A text that fits into the line of a frame around `width` columns."""
    return cut(text, width - FRAME_ENDS, glyphs) if width > FRAME_ENDS else ""
