"""The palette: that it holds everything, and that what it holds works from every pane."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import paths
from core.chat.session import Session
from core.jobs.folder import JobStore
from core.jobs.spec import new_spec
from tests.tui.helpers import screen_text, shows, until
from tests.tui.test_keys import bindings
from tui.app import Workbench
from tui.palette.actions import MOVES, PALETTE
from tui.palette.dialog import PaletteDialog
from tui.screens.chat.pane import ChatPane
from tui.screens.forms.dialog import FormDialog
from tui.screens.jobs.pane import JobsPane
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.system.pane import SystemPane
from tui.screens.taxonomy.pane import TaxonomyPane
from tui.themes import THEMES


def test_palette_holds_every_action() -> None:
    expected = {
        binding.id
        for binding in bindings(of_dialogs=False)
        if binding.id and binding.description and binding.id.partition(".")[0] not in MOVES
    }
    held = {action.binding.id for actions in Workbench()._pane_actions().values() for action in actions}
    assert held == expected - {PALETTE}, "list the widget that has these actions in PARTS of its pane"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A taxonomy, a job, a model and a conversation."""
    leaf = tmp_path / "taxonomy/knowledge/animals/cats/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    JobStore().create(new_spec("train", "none:none", {}, title="Train a student"))
    model = paths.current().models_dir / "tiny-student"
    model.mkdir(parents=True)
    (model / "config.json").write_text(json.dumps({"model_type": "llama"}))
    folder = paths.current().chatlogs_dir
    folder.mkdir(parents=True)
    session = Session(file=folder / "chat_1.json")
    session.append("user", "What purrs?")
    session.append("assistant", "A cat purrs.")
    return tmp_path / "taxonomy"


async def test_palette_runs_everything_from_any_pane(machine: Path) -> None:
    app = Workbench(taxonomy_path=machine, base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("1", "ctrl+p", *"jobs new", "enter")  # an action of a pane that was never open
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("escape", "1", "colon", *"jobs log", "enter")
        await until(lambda: isinstance(app.screen, JobsPane) and app.screen.log_part.is_open)
        await pilot.press("escape", "1", "ctrl+p", *"zoom", "enter")  # there is no curve
        await shows(app, "Zoom does not apply now in Jobs.")

        await pilot.press("1", "ctrl+p", *"leaf cats", "enter")
        await until(lambda: isinstance(app.screen, TaxonomyPane) and app.screen.leaf.editor.has_focus)
        await pilot.press("ctrl+p", *"next gap")
        await shows(app, "editor: Next gap", "^n")
        assert "not now" not in screen_text(app)
        await pilot.press("escape", "alt+1", "ctrl+p", *"what purrs", "enter")
        await until(lambda: isinstance(app.screen, ChatPane))
        await shows(app, "A cat purrs.", "This conversation continues in")

        await pilot.press("alt+1", "ctrl+p", *"train a stud", "enter")
        await shows(app, "Train a student")
        assert isinstance(app.screen, JobsPane)
        await pilot.press("ctrl+p", *"tiny stud")
        await shows(app, "model: tiny-student")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, FormDialog))
        await shows(app, str(paths.current().models_dir / "tiny-student")[-30:])
        await pilot.press("alt+8")
        await until(lambda: isinstance(app.screen, JobsPane))
        await pilot.press("ctrl+p", *"theme light", "enter")
        await until(lambda: app.theme == THEMES["light"].name)
        await pilot.press("ctrl+p", *"shot", "enter")
        await until(lambda: list(paths.current().pictures_dir.glob("labtop-*.svg")))
        await shows(app, "Saved", "labtop-")
        (picture,) = paths.current().pictures_dir.iterdir()
        assert "Train&#160;a&#160;student" in picture.read_text()
        assert "Type" not in picture.read_text()
        await pilot.press("ctrl+p", *"view copy", "enter")
        await shows(app, "Nothing is selected.")
        picture.unlink()
        picture.parent.rmdir()
        picture.parent.touch()
        await pilot.press("ctrl+p", *"shot", "enter")
        await shows(app, "File exists while writing")


async def test_palette_shows_one_line_for_each_entry(machine: Path) -> None:
    app = Workbench(taxonomy_path=machine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1", "ctrl+p")
        await shows(app, "view: Home", "Show the Home pane.")
        lines = [line for line in screen_text(app).splitlines() if ": " in line and "│" in line]
        assert len(lines) >= 14
        await until(lambda: "reading" not in screen_text(app))
        dialog = app.screen
        assert isinstance(dialog, PaletteDialog)
        names = [entry.name for entry in dialog._entries]
        assert len(names) == len(set(names))
        assert {"leaf: knowledge/animals/cats", "model: tiny-student", "session: What purrs?"} <= set(names)
        await pilot.press(*"sys")
        await until(lambda: dialog.rows.cursor_key is not None)
        await pilot.click("#palette-rows", offset=(5, 0))
        await until(lambda: isinstance(app.screen, SystemPane))
        await pilot.press("ctrl+p", *"xyzzy")
        await shows(app, "Nothing has this name.")
        await pilot.press("escape")
        assert isinstance(app.screen, SystemPane)
