"""The line at the top at several widths, and how little of it is drawn again."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.widget import Widget

from core.system.pulse import Pulse
from tests.tui.helpers import screen_text, until
from tui.themes import DARK
from widgets.glyphs import ASCII, UNICODE, Glyphs
from widgets.shell.header_text import Header, header
from widgets.shell.pane_tabs import PaneTabs

TITLES = ("Home", "System", "Taxonomy", "Data", "Train", "Evaluate", "Chat", "Models", "Jobs")

TABS = tuple((str(number), title, title.lower()) for number, title in enumerate(TITLES))

PULSE = Pulse("CPU", (0.1, 0.15, 0.3, 0.6, 0.55, 0.4, 0.25, 0.42), "14:02")

WIDTHS = (40, 60, 80, 100, 110, 140, 200)


def line_of(shown: Header, width: int) -> str:
    line = ("labtop" if shown.show_name else "").ljust(width)
    for tab in shown.tabs:
        line = line[: tab.start] + tab.text + line[tab.start + len(tab.text) :]
    return line[: width - shown.status_width] + "".join(text for text, _ in shown.status)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("running", [0, 1, 12])
def test_header_fits_and_keeps_everything(width: int, running: int) -> None:
    for _, title, name in TABS:
        shown = header(TABS, name, running, PULSE, width - 2, UNICODE)
        line = line_of(shown, width - 2)
        assert shown.tabs_end + shown.status_width <= width - 2
        assert [tab.text[0] for tab in shown.tabs] == [key for key, _, _ in TABS]
        assert title[:3] in line
        assert line.endswith("14:02")
        assert (f"▶{running}" in line or f"▶ {running}" in line) == bool(running)


def test_header_forms() -> None:
    def at(width: int, glyphs: Glyphs = UNICODE) -> str:
        return line_of(header(TABS, "jobs", 1, PULSE, width, glyphs), width)

    assert at(78) == "labtop  0Home 1Sys 2Tax 3Data 4Train 5Eval 6Chat 7Mod 8Jobs    ▶1 CPU▄▃▄ 14:02"
    assert at(138).endswith("8 Jobs     ▶ 1 job running   CPU ▁▂▃▅▅▄▃▄  42%  14:02")
    assert at(138, ASCII).endswith("> 1 job running   CPU _.-++=-=  42%  14:02")


def test_header_names_the_gpu_and_leaves_gaps_blank() -> None:
    shown = header(TABS, "jobs", 2, Pulse("GPU", (float("nan"), 0.95), "23:59"), 138, UNICODE)
    assert "".join(text for text, _ in shown.status) == "▶ 2 jobs running   GPU        █  95%  23:59"
    assert shown.status[2][1] == "$text-warning"


class HeaderApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.theme = DARK.name
        self.opened: list[str] = []

    def compose(self) -> ComposeResult:
        yield PaneTabs(TABS, "chat", UNICODE)

    def action_show_pane(self, name: str) -> None:
        self.opened.append(name)


async def test_header_redraws_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = HeaderApp()
    async with app.run_test(size=(80, 5)) as pilot:
        tabs = app.query_one(PaneTabs)
        tabs.pulse = PULSE
        await until(lambda: "▄▃▄ 14:02" in screen_text(app))
        drawn: list[tuple[Region, ...]] = []
        refresh = Widget.refresh

        def count(widget: Widget, *regions: Region, **options: bool) -> Widget:
            if widget in (tabs, *tabs.children):
                drawn.append(regions)
            return refresh(widget, *regions, **options)

        monkeypatch.setattr(Widget, "refresh", count)
        tabs.pulse = Pulse("CPU", (*PULSE.shares, 0.43), "14:02")  # the graph moves by a cell
        await until(lambda: "▃▄▄ 14:02" in screen_text(app))
        tabs.pulse = Pulse("CPU", (*PULSE.shares, 0.44), "14:02")  # draws the same graph
        tabs.pulse = Pulse("CPU", (*PULSE.shares, 0.44), "14:03")
        await until(lambda: "▃▄▄ 14:03" in screen_text(app))
        assert drawn == [(Region(3, 0, 3, 1),), (Region(6, 0, 6, 1),)]
        await pilot.click(PaneTabs, offset=(screen_text(app).index("5Eval") + 2, 0))
        await pilot.click(PaneTabs, offset=(screen_text(app).index("6Chat") + 2, 0))
        await until(lambda: app.opened == ["evaluate"])
