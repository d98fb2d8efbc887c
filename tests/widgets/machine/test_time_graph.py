"""Graphs over time with an axis and lines of text around them."""

from __future__ import annotations

from math import nan

import pytest
from textual.app import App, ComposeResult
from textual.strip import Strip

from tests.tui.helpers import screen_text, strips_of
from widgets.glyphs import ASCII, UNICODE, Glyphs
from widgets.machine.time_graph import Band, GraphView, TimeGraph, span_text, time_axis


class GraphApp(App[object]):
    CSS = ".frame { border: round white; } .-ascii .frame { border: ascii white; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs

    def compose(self) -> ComposeResult:
        self.screen.set_class(self.glyphs.ascii_only, "-ascii")
        yield TimeGraph(self.glyphs, id="cpu")


def band(value: float, *, graded: bool = True) -> Band:
    return Band(lambda count: [value] * count, graded=graded)


async def test_graph_is_green_below_and_red_above() -> None:
    app = GraphApp(UNICODE)
    async with app.run_test(size=(30, 6)) as pilot:
        app.query_one(TimeGraph).show(GraphView((band(1.0),), 300.0), "cpu")
        await pilot.pause()
        colors = [
            segment.style.color
            for strip in strips_of(app)[1:4]
            for segment in strip
            if "⣿" in segment.text
            if segment.style
        ]
        top, bottom = (color.get_truecolor() for color in (colors[0], colors[-1]) if color)
        assert top.red > top.green
        assert bottom.green > bottom.red


@pytest.mark.parametrize(
    ("size", "lines"),
    [
        (
            (34, 9),
            [f"{'⣿' * 24}  core 0", f"{'⣿' * 24}  core 1", *["⣿" * 24] * 3, "5 min ago  2 min     now", "below"],
        ),
        ((34, 5), ["⣿" * 24 + "  core 0", "⣿" * 24 + "  core 1", "below"]),
        ((34, 3), ["⣿" * 32]),
    ],
)
async def test_text_is_next_to_and_below_the_graph(size: tuple[int, int], lines: list[str]) -> None:
    app = GraphApp(UNICODE)
    view = GraphView(
        (band(1.0),),
        300.0,
        lambda _width, height: [(("core 0", "label"),), (("core 1", "label"),)] if height > 1 else [],
        lambda _width, _height: [(("below", None),)],
    )
    async with app.run_test(size=size) as pilot:
        app.query_one(TimeGraph).show(view, "cpu 100%")
        await pilot.pause()
        rows = screen_text(app).split("\n")
        assert "cpu 100%" in rows[0]
        shown = [row.strip("│").rstrip() for row in rows[1:-1]]
        assert [" ".join(row.split()) for row in shown if row] == [
            *(" ".join(line.split()) for line in lines),
        ]


async def test_bands_share_the_rows() -> None:
    app = GraphApp(ASCII)
    async with app.run_test(size=(12, 5)) as pilot:
        app.query_one(TimeGraph).show(GraphView((band(1.0), band(nan), band(0.3, graded=False)), 0.0), "net")
        await pilot.pause()
        assert [row[1:-1] for row in screen_text(app).split("\n")[1:-1]] == ["||||||||||", " " * 10, ".........."]


async def test_only_what_changes_is_painted() -> None:
    app = GraphApp(UNICODE)
    async with app.run_test(size=(30, 6)) as pilot:
        graph = app.query_one(TimeGraph)
        graph.show(GraphView((Band(lambda count: [0.2] * count),)), "cpu 20%")
        await pilot.pause()
        painted: list[int] = []
        draw = graph.render_line

        def paint(y: int) -> Strip:
            painted.append(y)
            return draw(y)

        graph.render_line = paint  # type: ignore[method-assign]
        graph.show(GraphView((Band(lambda count: [0.2] * (count - 2) + [0.6] * 2),)), "cpu 60%")
        await pilot.pause()
        assert "cpu 60%" in screen_text(app)
        assert painted
        assert 0 not in painted, "the first line is as empty as before"


@pytest.mark.parametrize("size", [(3, 2), (1, 1), (8, 3)])
async def test_graph_fits_into_tiny_places(size: tuple[int, int]) -> None:
    app = GraphApp(ASCII)
    async with app.run_test(size=size) as pilot:
        view = GraphView((band(0.5), band(0.5)), 60.0, lambda *_: [(("side", None),)], lambda *_: [(("below", None),)])
        app.query_one(TimeGraph).show(view, "a long title", "figures")
        await pilot.pause()
        assert screen_text(app).isascii()


def test_time_axis() -> None:
    assert time_axis(300.0, 60) == "5 min ago             3 min       2 min       60 s       now"
    assert time_axis(60.0, 60).split() == ["60", "s", "ago", "40", "s", "30", "s", "20", "s", "10", "s", "now"]
    assert time_axis(1800.0, 120).split("  ")[0] == "30 min ago"
    assert "25 min" in time_axis(1800.0, 120)
    assert len(time_axis(1800.0, 80)) == 80
    assert time_axis(300.0, 16) == "5 min ago    now"
    assert time_axis(300.0, 13) == "5 min ago    "
    assert time_axis(300.0, 5) == time_axis(0.0, 5) == " " * 5
    assert [span_text(seconds) for seconds in (45, 60, 120, 1500, 90)] == ["45 s", "60 s", "2 min", "25 min", "1.5 min"]
