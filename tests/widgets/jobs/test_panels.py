"""Framed parts of a job's detail."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Region

from tests.tui.helpers import screen_text, until
from widgets.jobs.panels import Panel


class PaintedPanel(Panel):
    """Records what is to be painted."""

    def __init__(self) -> None:
        self.painted: list[tuple[Region, ...]] = []
        super().__init__("now", id="panel")

    def _set_dirty(self, *regions: Region) -> None:
        self.painted.append(regions)
        super()._set_dirty(*regions)


class PaintedApp(App[object]):
    def compose(self) -> ComposeResult:
        yield PaintedPanel()


def lines(*texts: str) -> list[Content]:
    return [Content(text) for text in texts]


async def test_panel_paints_only_the_lines_that_differ() -> None:
    app = PaintedApp()
    async with app.run_test(size=(40, 10)) as pilot:
        panel = app.query_one(PaintedPanel)
        panel.set_lines(lines("loss 0.5", "lr 1", "tokens 7"))
        await until(lambda: "loss 0.5" in screen_text(app))
        await pilot.pause()
        panel.painted.clear()
        panel.set_lines(lines("loss 0.4", "lr 1", "tokens 8"))
        width = panel.size.width
        assert panel.painted == [(Region(0, 0, width, 1), Region(0, 2, width, 1))]
        await until(lambda: all(text in screen_text(app) for text in ("loss 0.4", "lr 1", "tokens 8")))
        panel.painted.clear()
        panel.set_lines(lines("loss 0.4", "lr 1", "tokens 8"))
        assert not panel.painted
        panel.set_lines(lines("loss 0.4"))
        await until(lambda: "lr 1" not in screen_text(app))
