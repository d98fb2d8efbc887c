"""Switching screens does no needless work, and shows what it would show with it."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from textual._compositor import Compositor
from textual.app import ComposeResult
from textual.color import Color
from textual.css.parse import parse
from textual.dom import DOMNode
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Label

import tui
from tests.tui.helpers import until
from tui.app import Workbench
from tui.fast_screens import OPENING, FastScreen, FastScreens, KeptStylesheet
from tui.panes import PANES, pane_entry
from tui.screens.shared.dialog import Dialog
from tui.screens.shared.pane import Pane


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The style sheets that were parsed."""
    seen: list[str] = []

    def count(scope: str, css: str, *arguments: Any, **options: Any) -> Any:
        seen.append(css)
        return parse(scope, css, *arguments, **options)

    monkeypatch.setattr("textual.css.stylesheet.parse", count)
    yield seen


def test_stylesheet_is_parsed_again_only_for_other_variables(parsed: list[str]) -> None:
    sheet = KeptStylesheet({"calm": "#000001"})
    sheet.add_source("Label { color: $calm; }", ("one", ""))
    sheet.set_variables({"calm": "#000001"})
    sheet.reparse()
    sheet.add_source("Button { color: $calm; }", ("other", ""))
    sheet.reparse()
    assert parsed == ["Label { color: $calm; }", "Button { color: $calm; }"]
    sheet.set_variables({"calm": "#000002"})
    sheet.reparse()
    assert len(parsed) == 4
    assert {rule.styles.color for rule in sheet.rules} == {Color.parse("#000002")}


@pytest.mark.slow
async def test_hidden_pane_gets_theme_and_size() -> None:
    app = Workbench()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("8")
        jobs = app.panes["jobs"]
        await pilot.press("0")
        app.theme = "textual-light"
        await pilot.resize_terminal(80, 24)
        await pilot.press("8")
        assert app.screen is jobs
        light = Color.parse(app.theme_variables["background"])
        await until(lambda: jobs.styles.background == light)
        tabs = jobs.query("PaneTabs").first(Widget)
        assert tabs.size.width == 80 - tabs.styles.padding.width
        assert jobs.has_class("-narrow")
        assert not jobs.has_class("-wide")


class Below(FastScreen[None]):
    def compose(self) -> ComposeResult:
        yield Label("below")


class Above(FastScreen[None], ModalScreen[None]):
    CSS = "Above { align: center middle; } Label { color: red; }"

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []

    def compose(self) -> ComposeResult:
        yield Label("above")

    def on_mount(self) -> None:
        self.call_later(self._resize)  # as when something that was read arrives before the first painting

    def _resize(self) -> None:
        label = self.query_one(Label)
        label.styles.width = 20
        self.call_after_refresh(lambda: self.seen.append(label.size.width))


class Small(FastScreens):
    def get_default_screen(self) -> Screen[Any]:
        return Below()


async def test_new_screen_is_painted_once_and_others_keep_their_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[Screen[Any]] = []
    styled: list[DOMNode] = []
    paint, apply = Compositor.render_full_update, KeptStylesheet.apply

    def count_paint(compositor: Compositor, simplify: bool = False) -> Any:
        painted.append(app.screen)
        return paint(compositor, simplify)

    def count_apply(sheet: KeptStylesheet, node: DOMNode, **options: Any) -> None:
        styled.append(node)
        apply(sheet, node, **options)

    app = Small()
    async with app.run_test(size=(40, 10)) as pilot:
        below = app.screen
        await pilot.pause()
        monkeypatch.setattr(Compositor, "render_full_update", count_paint)
        monkeypatch.setattr(KeptStylesheet, "apply", count_apply)
        app.push_screen(Above())
        await until(lambda: painted)
        await pilot.pause()
        above = app.screen
        label = above.query_one(Label)
        assert painted == [above]
        assert not [node for node in styled if node is below or node.parent is below]
        assert (label.styles.color, label.region.x) == (Color.parse("red"), (40 - 20) // 2)
        assert isinstance(above, Above)
        assert above.seen == [20]
        above.dismiss(None)
        await until(lambda: len(painted) > 1)
        await pilot.pause()
        assert painted == [above, below]


@pytest.mark.slow
@pytest.mark.parametrize("pane", [pane.name for pane in PANES[1:] if pane.target])
async def test_pane_knows_its_classes_when_it_is_composed(pane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[str] = []
    painted: list[str] = []
    update, paint = Workbench.update_styles, FastScreen.paint

    def note_update(app: Workbench, node: Widget, animate: bool = False) -> None:
        if not painted and node.is_attached and not node.has_focus and (node is app.screen or node.has_class("frame")):
            again.append(str(node.id or type(node).__name__))
        update(app, node, animate=animate)

    def note_paint(screen: FastScreen[None]) -> None:
        paint(screen)
        if isinstance(screen, Pane):
            painted.append(screen.NAME)

    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        monkeypatch.setattr(Workbench, "update_styles", note_update)
        monkeypatch.setattr(FastScreen, "paint", note_paint)
        await pilot.press(pane_entry(pane).key)
        await until(lambda: painted == [pane])
        assert again == []


@pytest.mark.slow
async def test_pane_is_laid_out_again_only_for_another_size(monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out: list[Screen[Any]] = []
    reflow = Compositor.reflow

    def note(compositor: Compositor, parent: Widget, size: Size) -> Any:
        laid_out.append(parent.screen)
        return reflow(compositor, parent, size)

    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await pilot.press("1")
        await pilot.press("4")
        await pilot.pause()
        train = app.screen
        monkeypatch.setattr(Compositor, "reflow", note)
        await pilot.press("f1")
        await pilot.pause()
        assert app.screen is not train
        assert train not in laid_out
        await pilot.press("escape")
        await until(lambda: app.screen is train)
        await pilot.pause()
        laid_out.clear()
        await pilot.press("1")
        await pilot.press("4")
        await pilot.pause()
        assert app.screen is train
        assert train not in laid_out
        await pilot.resize_terminal(90, 30)
        assert train in laid_out


async def test_no_garbage_is_collected_while_a_screen_is_built() -> None:
    enabled: list[bool] = []

    class Watched(Above):
        def on_mount(self) -> None:
            enabled.append(gc.isenabled())

    app = Small()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        await app.push_screen(Watched())
        await until(lambda: not any(worker.group == OPENING for worker in app.workers))
        assert enabled == [False]
        assert gc.isenabled()


def test_every_dialog_has_the_same_base() -> None:
    for module in pkgutil.walk_packages(tui.__path__, "tui."):
        if not module.name.startswith("tui.cli"):
            importlib.import_module(module.name)

    def kinds(base: type[Screen[Any]]) -> Iterator[type[Screen[Any]]]:
        for kind in base.__subclasses__():
            yield kind
            yield from kinds(kind)

    dialogs = [kind for kind in kinds(ModalScreen) if kind.__module__.startswith("tui.")]
    assert len(dialogs) > 5
    assert [kind for kind in dialogs if not issubclass(kind, Dialog)] == []
