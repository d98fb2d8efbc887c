"""Keys that arrive together, as they do on a slow line: each goes where the ones before it lead."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from textual.events import Key, MouseDown, MouseMove, MouseUp
from textual.geometry import Offset

from core.chat.offers import Offer
from core.jobs.launch import launch
from core.jobs.spec import new_spec
from core.taxonomy.authoring.leaf_file import LeafFile
from core.taxonomy.git.repository import Repository, State
from tests.core.taxonomy.leaves import commit_all, git
from tests.tui.helpers import screen_text, shows, until
from tests.waiting import wait_for
from tui import input_queue
from tui.app import Workbench
from tui.input_queue import CANCEL_SECONDS
from tui.screens.chat.models_dialog import ModelsDialog
from tui.screens.chat.pane import ChatPane
from tui.screens.chat.servers import ServersPane
from tui.screens.system.pane import SystemPane
from tui.screens.taxonomy.new_dialog import NewLeafDialog
from tui.screens.taxonomy.pane import TaxonomyPane
from widgets.chat.history_input import HistoryInput

NAMES = {"/": "slash", "#": "number_sign", " ": "space"}
"""Of keys that are not called as they look."""


def type_at_once(app: Workbench, *keys: str) -> None:
    """Have keys come in before the first of them is handled; a text counts as its characters."""
    for key in keys:
        if key[0] == "<":
            app.post_message(Key(key[1:-1], None))
        else:
            for letter in key:
                app.post_message(Key(NAMES.get(letter, letter), letter))


@pytest.fixture
def taxonomy(tmp_path: Path) -> Path:
    root = tmp_path / "taxonomy"
    for name in ("knowledge/animals/cats", "knowledge/animals/newts", "compositional_skills/rhymes"):
        (root / name).mkdir(parents=True)
        (root / name / "qna.yaml").write_text("version: 3\n")
    return root


@pytest.mark.slow
async def test_queue_filter_then_leaf(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats", "newts", "rhymes")
        type_at_once(app, "/newt")
        await until(lambda: "cats" not in screen_text(app))
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        assert pane.browser.filter_line.value == "newt"
        type_at_once(app, "<enter>", "<down>", "<enter>", "# new")
        await until(lambda: pane.leaf.editor.text == "# newversion: 3\n")
        type_at_once(app, "<escape>", "/cats", "<enter>", "<down>")
        await until(lambda: pane.browser.filter_line.value == "cats" and pane.browser.leaves.has_focus)


async def test_queue_leaf_before_its_pane_is_shown(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)):
        type_at_once(app, "2/newt", "<enter>", "<down>", "<enter>", "# new")
        await until(lambda: "taxonomy" in app.panes)
        pane = app.panes["taxonomy"]
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: pane.is_mounted and pane.leaf.editor.text == "# newversion: 3\n")


@pytest.mark.slow
async def test_queue_field_that_appears(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "rhymes")
        await pilot.press("home", "down")
        type_at_once(app, "n", "knowledge/reptiles", "<tab>", "reptiles", "<tab>", "docs", "<up>", "<up>", "/lizards")
        await shows(app, "knowledge/reptiles/lizards ", "Domain           reptiles ", "Documents        docs ")


async def test_queue_pane_then_dialog(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        type_at_once(app, "2", "n", "knowledge/reptiles", "<tab>", "reptiles")
        await until(lambda: isinstance(app.screen, NewLeafDialog))
        await shows(app, "Path ", "knowledge/reptiles", "Domain ", "  reptiles ")
        type_at_once(app, "<escape>", "/cats")
        await until(lambda: isinstance(app.screen, TaxonomyPane))
        await until(lambda: "newts" not in screen_text(app))
        assert not (taxonomy / "knowledge/reptiles").exists()


@pytest.mark.slow
async def test_queue_waits_for_slow_pane_and_dialog(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loaded machine each step takes longer than CANCEL_SECONDS."""
    monkeypatch.setattr(input_queue, "CANCEL_SECONDS", 0.0)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        type_at_once(app, "2", "n", "knowledge/reptiles", "<tab>", "reptiles")
        await until(lambda: isinstance(app.screen, NewLeafDialog))
        await shows(app, " knowledge/reptiles ", "  reptiles ")


@pytest.mark.slow
async def test_queue_waits_for_the_workers_of_a_slow_dialog(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker opens it, and on a loaded machine it is mounted later; then it reads its rows."""
    mount, offers = ModelsDialog.on_mount, ServersPane._offers

    async def mount_slowly(dialog: ModelsDialog) -> None:
        await asyncio.sleep(0.4)
        mount(dialog)

    async def read_slowly(pane: ServersPane, urls: Sequence[str] = ()) -> list[Offer]:
        await asyncio.sleep(0.6)
        return await offers(pane, urls)

    monkeypatch.setattr(ModelsDialog, "on_mount", mount_slowly)
    monkeypatch.setattr(ServersPane, "_offers", read_slowly)
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await pilot.press("escape")
        type_at_once(app, "<vertical_line>", "<space>", "<down>", "<space>")
        await shows(app, "Compare 2 models", "A tiny-student", "B tiny-base")


@pytest.mark.slow
async def test_queue_commit_on_new_branch(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states = Repository.states

    def slow(repository: Repository) -> Mapping[str, State]:
        time.sleep(0.3)
        return states(repository)

    monkeypatch.setattr(Repository, "states", slow)
    commit_all(taxonomy)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats", "on branch main")
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "# some", "<ctrl+s>", "<ctrl+g>")
        type_at_once(app, "badd/bats", "<enter>", "scAdd bats", "<enter>", "i# more")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: "more" in pane.leaf.editor.text)
    assert git(taxonomy, "log", "--format=%s", "--max-count=1", "add/bats").strip() == "Add bats"
    assert git(taxonomy, "status", "--porcelain") == ""
    assert (taxonomy / "knowledge/animals/cats/qna.yaml").read_text() == "# someversion: 3\n"


@pytest.mark.slow
async def test_queue_save_and_fix_before_next_key(taxonomy: Path) -> None:
    file = taxonomy / "knowledge/animals/cats/qna.yaml"
    file.write_text("version: 3\ndomain: cats   \n")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "<f3>", "# z", *["<ctrl+s>"] * 5, "1")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: pane.leaf.editor.text == "# z1version: 3\ndomain: cats\n")
        assert file.read_text() == "# zversion: 3\ndomain: cats\n"
        await shows(app, "already saved.")
        assert app.screen is pane


async def test_queue_fix_of_text_just_typed(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "<end>", "   ", "<f7>", "#")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: pane.leaf.editor.text == "version: 3#\n")


async def test_queue_click_between_letters(taxonomy: Path) -> None:
    file = taxonomy / "knowledge/animals/cats/qna.yaml"
    file.write_text("version: 3\ndomain: cats\n")
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: pane.leaf.editor.content_region.size.width == 78)
        type_at_once(app, "aaa")
        x, y = pane.leaf.editor.content_region.offset + Offset(pane.leaf.editor.gutter_width, 1)
        for kind in (MouseDown, MouseUp):
            app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
        type_at_once(app, "bbb")
        await until(lambda: pane.leaf.editor.text == "aaaversion: 3\nbbbdomain: cats\n")


@pytest.mark.slow
async def test_queue_mouse_selection(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        editor = pane.leaf.editor
        await until(lambda: editor.content_region.size.width == 78)
        x, y = editor.content_region.offset + Offset(editor.gutter_width, 0)
        type_at_once(app, "a")
        for kind, column in ((MouseDown, 1), (MouseMove, 4), (MouseMove, 8), (MouseUp, 8)):
            app.post_message(kind(None, x + column, y, 0, 0, 1, False, False, False, x + column, y))
        type_at_once(app, "Z")
        await until(lambda: editor.text == "aZ: 3\n")


@pytest.mark.slow
async def test_queue_discarded_text_is_gone(taxonomy: Path) -> None:
    commit_all(taxonomy)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "xx", "<ctrl+g>", "<right>", "<right>", "<enter>")
        await shows(app, "Nothing changed")
        await pilot.press("escape")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        assert pane.leaf.editor.text == "version: 3\n"
        assert pane.unsaved() is None


async def test_queue_slow_file_can_be_cancelled(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opening, go, opened = threading.Event(), threading.Event(), LeafFile.open

    def slow(path: Path) -> LeafFile:
        opening.set()
        go.wait(60)
        return opened(path)

    monkeypatch.setattr(LeafFile, "open", slow)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "# n")
        await until(opening.is_set)
        await pilot.pause(2 * CANCEL_SECONDS)
        type_at_once(app, "<escape>", "1")
        await until(lambda: isinstance(app.screen, SystemPane))
        go.set()
        await pilot.press("2")
        await until(lambda: pane.leaf.leaf is not None)
        assert pane.leaf.editor.text == "version: 3\n"


@pytest.mark.slow
async def test_queue_typing_while_file_opens_goes_into_it(taxonomy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = LeafFile.open

    def slow(path: Path) -> LeafFile:
        time.sleep(2 * CANCEL_SECONDS)
        return opened(path)

    monkeypatch.setattr(LeafFile, "open", slow)
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "# n")
        await until(lambda: pane.leaf.editor.text == "# nversion: 3\n")


async def test_queue_filter_of_jobs() -> None:
    for title in ("Alpha", "Beta"):
        job = launch(new_spec("run", "tests.core.jobs.work:run", {"do": "count", "steps": 1}, title=title))
        wait_for(job, "succeeded")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("8")
        await shows(app, "Alpha", "Beta")
        type_at_once(app, "/alp")
        await until(lambda: "Beta" not in screen_text(app))
        type_at_once(app, "<escape>", "/bet", "<enter>", "l")
        await until(lambda: "Alpha" not in screen_text(app))


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("hel", "<backspace>", "p"), "hep"),
        (("orld", "<home>", "W"), "World"),
        (("bc", "<left>", "<left>", "a", "<end>", "d"), "abcd"),
        (("xab", "<home>", "<delete>", "<end>", "c"), "abc"),
    ],
)
@pytest.mark.slow
async def test_queue_letters_and_cursor_keys(taxonomy: Path, keys: tuple[str, ...], text: str) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await until(lambda: isinstance(app.screen, ChatPane))
        type_at_once(app, *keys)
        await until(lambda: app.screen.query_one(HistoryInput).value == text)
        await pilot.press("escape", "2")
        await shows(app, "cats")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        type_at_once(app, "/cats", "<enter>", "<down>", "<enter>", "<enter>", "<up>", *keys)
        await until(lambda: pane.leaf.editor.text == f"{text}\nversion: 3\n")
