"""Turns spans of text with roles into strips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def strip_of(spans: Sequence[tuple[str, str | None]], styles: Mapping[str, Style], plain: Style, width: int) -> Strip:
    """One line, cut or padded to the width."""
    segments = [Segment(text, plain if role is None else styles[role]) for text, role in spans]
    return Strip(segments).adjust_cell_length(width, plain)
