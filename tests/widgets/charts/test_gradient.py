"""Colours of graphs."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import Theme

from tui.themes import themes_for
from widgets.charts.gradient import row_colors


def colors_of(theme: Theme, rows: int) -> list[Color]:
    parts = (theme.success, theme.warning, theme.error)
    low, middle, high = (Color.parse(part or "") for part in parts)
    return row_colors(low, middle, high, rows)


def test_gradient_blends_many_colors() -> None:
    colors = row_colors(Color(0, 0, 0), Color(100, 100, 100), Color(200, 0, 0), 5)
    assert [color.r for color in colors] == pytest.approx([180, 140, 100, 60, 20], abs=1)


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
@pytest.mark.parametrize("no_color", [False, True])
def test_gradient_has_three_visible_steps_with_16_colors(name: str, no_color: bool) -> None:
    theme = themes_for(few_colors=True, no_color=no_color)[name]
    known = {Color.parse(part or "").rgb for part in (theme.success, theme.warning, theme.error)}
    colors = [color.rgb for color in colors_of(theme, 9)]
    assert set(colors) == known
    assert colors[0] == Color.parse(theme.error or "").rgb
    assert Color.parse(theme.background or "").rgb not in known
