"""The chart and the list on a screen."""

from __future__ import annotations

from functools import partial

import pytest
from textual.app import App, ComposeResult
from textual.content import Content

from core.jobs.state.series import Series
from tests.tui.helpers import screen_text, until
from tui.themes import DARK
from widgets.charts.line_chart import LineChart
from widgets.charts.line_plot import Plot
from widgets.glyphs import ASCII, UNICODE, Glyphs
from widgets.lists.row_list import Row, RowList


class ChartApp(App[object]):
    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs

    def compose(self) -> ComposeResult:
        yield LineChart(self.glyphs)


async def test_a_chart_shows_axes_and_names() -> None:
    app = ChartApp(UNICODE)
    async with app.run_test(size=(60, 12)) as pilot:
        falling = tuple(map(float, range(100, 0, -1)))
        app.query_one(LineChart).set_plot(Plot((Series("phase 1", tuple(range(1, 101)), falling),)))
        await pilot.pause()
        text = screen_text(app)
        assert "100 │" in text
        assert "step 100" in text
        assert "phase 1" in text
        assert any("\u2800" <= character <= "\u28ff" for character in text)


async def test_a_chart_in_ascii_is_ascii() -> None:
    app = ChartApp(ASCII)
    async with app.run_test(size=(60, 12)) as pilot:
        curves = (Series("one", (1, 2, 3), (3.0, 2.0, 1.0)), Series("two", (1, 2, 3), (1.0, 2.0, 2.5)))
        app.query_one(LineChart).set_plot(Plot(curves))
        await pilot.pause()
        text = screen_text(app)
        assert text.isascii()
        assert "* one" in text
        assert "+ two" in text


async def test_a_chart_too_small_to_draw_is_empty() -> None:
    app = ChartApp(UNICODE)
    async with app.run_test(size=(12, 4)) as pilot:
        app.query_one(LineChart).set_plot(Plot((Series("x", (1, 2), (1.0, 2.0)),)))
        await pilot.pause()
        assert "x" not in screen_text(app)


async def test_chart_draws_added_points_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    def plot(steps: int, *, growing: bool = True) -> Plot:
        return Plot((Series("x", tuple(range(steps)), tuple(map(float, range(steps)))),), growing=growing)

    app = ChartApp(ASCII)
    async with app.run_test(size=(60, 12)) as pilot:
        monkeypatch.setattr("widgets.charts.line_chart.GROWING_SECONDS", 60.0)
        chart = app.query_one(LineChart)
        chart.set_plot(plot(51))
        await until(lambda: "step 50" in screen_text(app))
        chart.set_plot(plot(101))
        await pilot.pause()
        assert "step 50" in screen_text(app)
        chart.set_plot(plot(101, growing=False))  # it has ended
        await until(lambda: "step 100" in screen_text(app))
        monkeypatch.setattr("widgets.charts.line_chart.GROWING_SECONDS", 0.2)
        chart.set_plot(plot(151))
        chart.set_plot(plot(201))
        await until(lambda: "step 200" in screen_text(app))


class ListApp(App[object]):
    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.opened: list[object] = []

    def compose(self) -> ComposeResult:
        yield RowList("Nothing here.")

    def on_row_list_opened(self, message: RowList.Opened) -> None:
        self.opened.append(message.key)


def rows(*names: str) -> list[Row]:
    return [Row(name, name, partial(lambda name, _width: Content(name), name)) for name in names]


async def test_row_list_cursor_stays_on_row() -> None:
    app = ListApp()
    async with app.run_test(size=(30, 6)) as pilot:
        listed = app.query_one(RowList)
        assert "Nothing here." in screen_text(app)
        listed.set_rows(rows("b", "c"))
        await pilot.press("down")
        seen = [listed.cursor_key]
        for names in ("abc", "ab"):
            listed.set_rows(rows(*names))
            seen.append(listed.cursor_key)
        assert seen == ["c", "c", "b"]
        await pilot.press("home", "enter")
        assert app.opened == ["a"]


async def test_row_list_scrolls_with_cursor() -> None:
    app = ListApp()
    async with app.run_test(size=(30, 6)) as pilot:
        listed = app.query_one(RowList)
        listed.set_rows(rows(*(f"row {number}" for number in range(1000))))
        await pilot.press("end")
        await pilot.pause()
        assert "row 999" in screen_text(app)
        await pilot.press("pageup", "home")
        await pilot.pause()
        assert "row 0" in screen_text(app)
        await pilot.click(RowList, offset=(2, 3))
        assert listed.cursor_key == "row 3"
