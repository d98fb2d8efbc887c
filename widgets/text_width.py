"""Text and bars for a given number of cells."""

from __future__ import annotations

from widgets.glyphs import Glyphs


def bar(fraction: float, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """The full and the empty part of a bar; the bar is full only at 100 %."""
    full = min(width, int(max(0.0, fraction) * width))
    return glyphs.bar_full * full, glyphs.bar_empty * (width - full)


def cut(text: str, width: int, glyphs: Glyphs) -> str:
    """One line of text in at most `width` characters, with an ellipsis if it is cut."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: max(0, width - 1)] + glyphs.ellipsis


def cut_start(text: str, width: int, glyphs: Glyphs) -> str:
    """The same, but the end of the text is kept, as is best for a path."""
    line = " ".join(text.split())
    return line if len(line) <= width else glyphs.ellipsis + line[len(line) - max(0, width - 1) :]


def fit(text: str, width: int, glyphs: Glyphs) -> str:
    """The same, padded to the width."""
    return cut(text, width, glyphs).ljust(width)
