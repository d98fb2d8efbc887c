"""The footer shows the active keys, without being rebuilt whenever something may have changed."""

from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Offset
from textual.widget import Widget

from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.panes import PANES
from widgets.shell.key_footer import KeyFooter, ReusedKey, Shown, _fit

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


def key(display: str, description: str, id: str = "") -> Shown:  # noqa: A002
    return Shown(display.lower(), display, description, "none", enabled=True, tooltip="", id=id)


def test_footer_keeps_whole_keys_and_the_last_ones() -> None:
    help_, commands, leave = (
        key("F1", "Help", "view.help"),
        key("^p", "All", "view.commands"),
        key("^q", "Quit", "view.quit"),
    )
    keys = [key("n", "New"), leave, help_, key("w", "Weiter \u6b21"), commands]
    assert _fit(keys, 2, 80) == (keys[0], keys[3], help_, commands, leave)
    width = sum(each.width + 2 for each in keys)
    assert keys[3].width == 1 + 9
    assert _fit(keys, 2, width)[1] == keys[3]
    assert _fit(keys, 2, width - 1) == (keys[0], help_, commands, leave)
    assert _fit(keys, 2, 9) == (leave,)


@pytest.mark.slow
async def test_footer_cuts_no_key_in_any_pane() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        for pane in (entry for entry in PANES if entry.target):
            await app.run_action(f"show_pane('{pane.name}')")
            await until(lambda pane=pane: app.pane is app.panes.get(pane.name))  # type: ignore[misc]
            for width in (40, 60, 80, 100, 140, 200):
                await pilot.resize_terminal(width, 24)
                footer = app.screen.query_one(KeyFooter)
                await until(lambda: whole(app, footer), f"{pane.name} at {width}: {last_line(app)!r}")  # noqa: B023


def whole(app: Workbench, footer: KeyFooter) -> bool:
    """Whether the footer shows the keys that fit, each as a whole, and at the end help, commands and quit."""
    shown, line = footer._shown, last_line(app)
    expected = footer._fitting(footer._blanks)
    texts = [f"{each.display} {each.description}" for each in shown]
    return (
        shown == expected
        and [each.id for each in shown[-3:]] == ["view.help", "view.commands", "view.quit"]
        and len(line) == app.size.width
        and " ".join(line.split()) == " ".join(" ".join(texts).split())
    )


async def test_footer_of_a_hidden_pane_is_left_until_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some of its keys are checked by the pane that is shown, which may still be without its widgets."""
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "/ Filter", "^q Quit")
        footer, checked = app.screen.query_one(KeyFooter), app.screen.check_action
        await pilot.press("1")
        await shows(app, "^q Quit")
        monkeypatch.setattr(type(app.screen), "check_action", lambda *_: pytest.fail("checked by the shown pane"))
        await footer._update_keys()
        monkeypatch.undo()
        jobs = app.panes["jobs"]
        monkeypatch.setattr(jobs, "check_action", lambda name, given: name != "filter_jobs" and checked(name, given))
        footer._schedule_update()
        await pilot.press("8")
        await until(lambda: "/ Filter" not in last_line(app))


async def test_footer_update_that_is_due_at_the_end_does_nothing() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "^q Quit")
        footer = app.screen.query_one(KeyFooter)
        await footer.remove()
        await footer._update_keys()
        assert not footer.is_attached
