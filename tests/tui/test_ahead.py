"""Panes that are built before they are opened look and work as if they had been built then."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual.css.query import NoMatches
from textual.pilot import Pilot
from textual.signal import Signal

from tests.tui.helpers import screen_text, shows, until
from tui import ahead, fast_screens
from tui.app import Workbench
from tui.panes import PANES, pane_entry
from tui.screens.models.pane import ModelsPane
from tui.screens.shared.pane import Pane
from widgets.shell.pane_tabs import PaneTabs

OTHERS = [pane.name for pane in PANES[1:] if pane.target]

SIZE = (140, 40)


def below_the_header(app: Workbench) -> list[str]:
    """The lines of the screen without the one that has the clock."""
    return screen_text(app).splitlines()[1:]


async def build_all(app: Workbench) -> None:
    for name in OTHERS:
        await app.build_ahead(name)


async def settled(app: Workbench, pilot: Pilot[object]) -> list[str]:
    """What a pane shows once it has read all."""
    before: list[str] = []
    while (now := below_the_header(app)) != before:
        before = now
        await asyncio.sleep(0.3)
        await pilot.pause()
    return before


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in OTHERS if name != "system"])  # the machine changes
async def test_pane_looks_as_if_built_when_opened(name: str, tmp_path: Path) -> None:
    found = []
    for is_ahead in (False, True):
        app = Workbench(taxonomy_path=tmp_path)
        async with app.run_test(size=SIZE) as pilot:
            if is_ahead:
                await build_all(app)
            await pilot.press(pane_entry(name).key)
            found.append((await settled(app, pilot), str(app.focused), app.screen.classes))
    assert found[0] == found[1]


@pytest.mark.slow
async def test_nothing_is_shown_or_watched_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[Pane] = []
    paint = Pane._compositor_refresh

    def note(pane: Pane) -> None:
        painted.append(pane)
        paint(pane)

    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        home, watchers = app.screen, dict(app.context.machine._watchers)
        monkeypatch.setattr(Pane, "_compositor_refresh", note)
        await build_all(app)
        await asyncio.sleep(0.3)
        assert set(app.panes) == {"home", *OTHERS}
        assert app.screen is home
        assert {pane.NAME for pane in painted} <= {"home"}
        assert dict(app.context.machine._watchers) == watchers
        assert [worker for worker in app.workers if worker.group in ("connect", "tree", "read-models")] == []


@pytest.mark.slow
async def test_key_for_a_pane_that_is_being_built() -> None:
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        building = asyncio.create_task(app.build_ahead("jobs"))
        await until(lambda: "jobs" in app.panes)
        await pilot.press("8")
        await building
        await until(lambda: app.screen is app.panes["jobs"])
        assert "Jobs" in screen_text(app)
        await app.build_ahead("jobs")
        assert app.screen is app.panes["jobs"]


@pytest.mark.slow
async def test_hidden_pane_gets_only_the_newest() -> None:
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        await app.build_ahead("jobs")
        jobs = app.panes["jobs"]
        seen: list[object] = []
        jobs.follow(app.context.jobs_changed, seen.append)
        for _ in range(3):
            app.context.jobs_changed.publish(app.context.jobs)
        await pilot.pause()
        assert seen == []
        await pilot.press("8")
        await until(lambda: len(seen) == 1)
        app.context.jobs_changed.publish(app.context.jobs)
        await until(lambda: len(seen) == 2)


@pytest.mark.slow
async def test_busy_pane_ends_with_the_newest() -> None:
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        await app.build_ahead("jobs")
        jobs = app.panes["jobs"]
        seen: list[str] = []
        signal: Signal[str] = Signal(app, "test")
        jobs.follow(signal, seen.append)
        signal.publish("old")
        await pilot.pause()
        jobs.call_later(asyncio.sleep, 0.3)
        await asyncio.sleep(0.1)
        app.switch_mode("jobs")
        signal.publish("new")
        await until(lambda: "new" in seen)
        await pilot.pause()
        assert seen[-1] == "new"


@pytest.mark.slow
@pytest.mark.parametrize("is_shown", [False, True])
async def test_other_taxonomy_while_its_pane_is_built(is_shown: bool, tmp_path: Path) -> None:
    app = Workbench(taxonomy_path=tmp_path / "old")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        if is_shown:
            await pilot.press("2")
            await shows(app, str(tmp_path / "old"))
        building = asyncio.create_task(app.build_ahead("taxonomy"))
        await until(lambda: "taxonomy" in app.panes, poll_seconds=0)
        await app.use_taxonomy(tmp_path / "new", "main")
        await building
        await pilot.press("2")
        await shows(app, str(tmp_path / "new"))


@pytest.mark.slow
async def test_panes_are_built_in_quiet_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "START_SECONDS", 0.0)
    monkeypatch.setattr(ahead, "QUIET_SECONDS", 0.2)
    quiet = 0.0
    app = Workbench()
    async with app.run_test(size=SIZE):
        work = asyncio.create_task(ahead.prepare_panes(app, OTHERS, lambda: quiet))
        await asyncio.sleep(1.0)
        assert set(app.panes) == {"home"}
        quiet = 1.0
        await work
        assert set(app.panes) == {"home", *OTHERS}
        with pytest.raises(NoMatches):
            app.screen.query_one("#job-list")
        assert app.screen.query_one(PaneTabs).current == "home"


@pytest.mark.slow
async def test_leaving_while_panes_are_built(tmp_path: Path) -> None:
    app = Workbench(taxonomy_path=tmp_path)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        building = asyncio.create_task(app.build_ahead("taxonomy"))
        while not building.done():
            for pane in app.panes.values():
                assert pane.unsaved() is None
                pane.keep_unsaved()
            await asyncio.sleep(0)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["__init__", "compose_body", "on_mount"])
async def test_pane_that_cannot_be_built(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ahead, "START_SECONDS", 0.0)
    app = Workbench()
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        with monkeypatch.context() as patch:
            patch.setattr(ModelsPane, method, fail)
            await ahead.prepare_panes(app, OTHERS, lambda: 1.0)
            assert {"home", *OTHERS} - {"models"} <= set(app.panes)
            assert app.screen is app.panes["home"]
            assert "unexpected" not in screen_text(app)
            await pilot.press("7")
            await shows(app, "An unexpected error occurred.")
            assert app.screen is app.panes["home"]
        await pilot.press("7")
        await until(lambda: app.screen is app.panes["models"])
        await shows(app, "catalog")


@pytest.mark.slow
async def test_exit_while_panes_are_built() -> None:
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        building = asyncio.create_task(app.build_ahead("models"))
        await until(lambda: "models" in app.panes, poll_seconds=0)
        app.exit()
        await asyncio.wait([building])
    assert app.return_code == 0


@pytest.mark.slow
@pytest.mark.parametrize("is_ahead", [False, True])
async def test_pane_that_takes_long_to_build(is_ahead: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_screens, "BUILD_SECONDS", 0.0)
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        if is_ahead:
            await build_all(app)
        for name in OTHERS:
            await pilot.press(f"alt+{pane_entry(name).key}")
            await until(lambda name=name: app.screen is app.panes[name])  # type: ignore[misc]
        await shows(app, "No jobs yet.")
