"""A log that is followed, scrolled and searched."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tests.tui.helpers import screen_text, until
from widgets.glyphs import ASCII
from widgets.logs.log_lines import Line
from widgets.logs.log_view import LogView


class LogApp(App[object]):
    def compose(self) -> ComposeResult:
        yield LogView(ASCII, "Nothing yet.", id="log", limit=1000)


async def test_log_follows_its_end_until_the_user_scrolls_up() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)) as pilot:
        log = app.query_one(LogView)
        log.focus()
        await until(lambda: "Nothing yet." in screen_text(app))
        log.add([Line(f"line {number}", "step") for number in range(100)])
        await until(lambda: "line 99" in screen_text(app))
        assert log.state_text == "following"
        await pilot.press("up", "up")
        await until(lambda: log.state_text == "line 98 of 100, end follows")
        log.add([Line(f"line {number}") for number in range(100, 950)])
        await pilot.pause()
        assert "line 97" in screen_text(app)
        log.add([Line(f"line {number}") for number in range(950, 1010)])  # the lines shown are dropped
        await until(lambda: screen_text(app).startswith("line 110 "))
        assert not log.follows
        await pilot.press("end")
        await until(lambda: "line 1009" in screen_text(app))
        assert log.follows
        log.add([Line("the score is 0.5 ± 0.1", "good")])
        await until(lambda: "0.5 +- 0.1" in screen_text(app))


async def test_log_finds_text() -> None:
    app = LogApp()
    async with app.run_test(size=(40, 10)) as pilot:
        log = app.query_one(LogView)
        log.focus()
        log.add([Line(f"line {number}{' warning' if number % 40 == 7 else ''}") for number in range(200)])
        await pilot.press("home")
        await until(lambda: "line 0" in screen_text(app))
        log.find("WARN")
        await until(lambda: "line 7 warning" in screen_text(app))
        assert log.state_text.startswith("/warn 1 of 5")
        await pilot.press("n")
        await until(lambda: "line 47 warning" in screen_text(app))
        await pilot.press("N", "N")
        await until(lambda: "line 167 warning" in screen_text(app))
        log.reset()
        await until(lambda: "Nothing yet." in screen_text(app))
        assert not log.has_search
