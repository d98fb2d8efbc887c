"""Area graphs as text."""

from __future__ import annotations

from math import inf, nan

from textual.app import App, ComposeResult

from tests.tui.helpers import screen_text, strips_of
from widgets.charts.area import area_rows
from widgets.charts.area_graph import AreaGraph
from widgets.glyphs import ASCII, UNICODE, Glyphs

RISING = [step / 23 for step in range(24)]


def test_area_in_braille() -> None:
    assert area_rows(RISING, 14, 3, ascii_only=False) == [
        "          ⣀⣤⣶⣿",
        "      ⣀⣤⣶⣿⣿⣿⣿⣿",
        "  ⢀⣤⣶⣿⣿⣿⣿⣿⣿⣿⣿⣿",
    ]


def test_area_in_ascii() -> None:
    assert area_rows(RISING, 14, 3, ascii_only=True) == [
        "          .:||",
        "      .:||||||",
        "  .::|||||||||",
    ]


def test_area_of_odd_values() -> None:
    assert area_rows([nan, nan, 0.0, 0.001, -inf, inf], 3, 1, ascii_only=False) == [" ⢀⢸"]
    assert area_rows([nan, 0.5, 2.0, -1.0], 2, 1, ascii_only=True) == [":|"]
    assert area_rows([], 3, 1, ascii_only=True) == ["   "]
    for width, height in ((0, 3), (1, 1), (3, 0), (0, 0), (2, -1)):
        assert len(area_rows(RISING, width, height, ascii_only=False)) == max(0, height)


class GraphApp(App[object]):
    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs

    def compose(self) -> ComposeResult:
        yield AreaGraph("CPU", 2.0, self.glyphs, id="cpu")


async def test_area_graph_is_green_below_and_red_above() -> None:
    app = GraphApp(UNICODE)
    async with app.run_test(size=(30, 5)) as pilot:
        app.query_one(AreaGraph).set_values([1.0] * 60)
        await pilot.pause()
        assert "CPU 100%             last 2:00" in screen_text(app)
        colors = [segment.style.color for strip in strips_of(app)[1:] for segment in strip if segment.style]
        top, bottom = (color.get_truecolor() for color in (colors[0], colors[-1]) if color)
        assert top.red > top.green
        assert bottom.green > bottom.red


async def test_area_graph_in_ascii_and_tiny() -> None:
    for size in ((30, 5), (3, 2), (1, 1)):
        app = GraphApp(ASCII)
        async with app.run_test(size=size) as pilot:
            app.query_one(AreaGraph).set_values([0.5, nan, 0.7])
            await pilot.pause()
            assert screen_text(app).isascii()
