"""The footer shows the active keys, without being rebuilt whenever something may have changed."""

from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Offset
from textual.widget import Widget

from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from widgets.shell.key_footer import KeyFooter, ReusedKey, Shown

REFRESHES = 1000


def watchers_of(footer: KeyFooter) -> int:
    return sum(len(each) for each in getattr(footer, "__watchers", {}).values())


def last_line(app: Workbench) -> str:
    return screen_text(app).splitlines()[-1]


async def test_footer_refreshes_rebuild_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "No jobs yet", "^q Quit")
        footer = app.screen.query_one(KeyFooter)
        recomposed: list[KeyFooter] = []
        drawn: list[Widget] = []
        refresh = Widget.refresh
        monkeypatch.setattr(KeyFooter, "recompose", lambda footer: recomposed.append(footer))

        def count(widget: Widget, *regions: object, **options: bool) -> Widget:
            if footer in widget.ancestors_with_self:
                drawn.append(widget)
            return refresh(widget, *regions, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(Widget, "refresh", count)
        before, keys = watchers_of(footer), list(footer.children)
        for _ in range(REFRESHES):
            app.screen.refresh_bindings()
            looked = asyncio.Event()
            footer.call_later(footer.call_after_refresh, looked.set)
            await looked.wait()
        assert watchers_of(footer) == before
        assert list(footer.children) == keys
        assert not recomposed
        assert not drawn


async def test_footer_updates_keys_in_place() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "/ Filter", "^q Quit")
        places, before = list(app.screen.query_one(KeyFooter).children), last_line(app)
        await pilot.press("slash")
        await shows(app, "enter To the list", "esc Show all")
        await pilot.press("escape")
        await until(lambda: last_line(app) == before)
        assert list(app.screen.query_one(KeyFooter).children)[: len(places)] == places


async def test_footer_lays_out_keys_that_change_twice() -> None:
    """A layout between two changes of a key must not fix its width for the first one."""
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "F1 Help")
        footer, place = app.screen.query_one(KeyFooter), app.screen.query_one(ReusedKey)
        for description in ("A", "A longer one"):
            place.show(Shown("f9", "F9", description, "none", enabled=True, tooltip=""))
            footer._clear_arrangement_cache()  # as another key that changed would
            app.screen._refresh_layout()
        await shows(app, "F9 A longer one ")


async def test_footer_click_presses_key() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "F1 Help")
        await pilot.click(offset=Offset(last_line(app).index("Help"), 23))
        await shows(app, "In Jobs")
