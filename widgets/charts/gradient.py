"""Colours between green and red, by how high a value is."""

from __future__ import annotations

from textual.color import Color, Gradient

SIXTEEN_COLORS_PARTS = (0x00, 0x55, 0xAA, 0xFF)
"""The red, green and blue of the colours that every terminal has; a mixture of two of them is shown as any third."""


def row_colors(low: Color, middle: Color, high: Color, rows: int) -> list[Color]:
    """The colour of each row, from `high` at the top to `low`; on terminals with 16 colours only these three."""
    shares = [1 - (row + 0.5) / rows for row in range(rows)]
    if all(part in SIXTEEN_COLORS_PARTS for color in (low, middle, high) for part in color.rgb):
        return [high if share > 2 / 3 else middle if share > 1 / 3 else low for share in shares]
    gradient = Gradient((0.0, low), (0.5, middle), (1.0, high))
    return [gradient.get_color(share) for share in shares]
