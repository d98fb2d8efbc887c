"""The workbench's frame: panes and their keys, help, palette, machine, quitting."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from tui.screens.home.pane import HomePane
from tui.screens.jobs.pane import JobsPane
from tui.screens.system.pane import SystemPane
from tui.screens.taxonomy.new_dialog import PathInput
from tui.screens.taxonomy.pane import TaxonomyPane
from tui.start import farewell


async def test_workbench_opens_home() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.screen, HomePane)
        await pilot.press("1")
        await shows(app, "0Home", "1Sys", "2Tax", "6Chat", "8Jobs", "cpu ", "memory ", "^q Quit")
        text = screen_text(app)
        assert "runs on the CPU" in text or "GPU 0" in text
        assert all(len(line) <= 80 for line in text.splitlines())


async def test_digits_switch_panes() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        for key, pane in (("0", HomePane), ("2", TaxonomyPane), ("8", JobsPane), ("1", SystemPane), ("6", ChatPane)):
            await pilot.press(key)
            await until(lambda pane=pane: isinstance(app.screen, pane))  # type: ignore[misc]
        await pilot.press("escape", "9")
        assert isinstance(app.screen, ChatPane)
        await pilot.press("1")
        assert isinstance(app.screen, SystemPane)


async def test_alt_and_digit_switch_panes_from_text_fields(tmp_path: Path) -> None:
    app = Workbench(taxonomy_path=tmp_path, base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("alt+6", "h", "8", "alt+8")
        await until(lambda: isinstance(app.screen, JobsPane))
        chat = app.panes["chat"]
        assert isinstance(chat, ChatPane)
        assert chat.line.value == "h8"
        await pilot.press("6", "backspace", "backspace", "2")  # the line is empty: a digit switches
        await until(lambda: isinstance(app.screen, TaxonomyPane))
        await pilot.press("6", "space", "2", "alt+2")
        assert chat.line.value == " 2"
        await pilot.press("n", *"knowledge/x")
        await until(lambda: isinstance(app.focused, PathInput) and app.focused.value.endswith("knowledge/x"))
        await pilot.press("alt+8", "8")
        assert isinstance(app.focused, PathInput)  # the form keeps what was typed
        assert app.focused.value.endswith("knowledge/x8")
        await shows(app, "First close this dialog with esc")
        await pilot.press("escape", "f1", "alt+1")
        await until(lambda: isinstance(app.screen, SystemPane))
        await pilot.press("ctrl+p", "alt+8")
        await until(lambda: isinstance(app.screen, JobsPane))
        await pilot.press("n", "alt+0")  # the question is answered with Cancel
        await until(lambda: isinstance(app.screen, HomePane))
        assert not app.context.jobs


async def test_help_describes_pane_and_keys() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("8", "f1")
        await shows(app, "In Jobs", "Filter jobs by text.")
        await pilot.press("end")
        await shows(app, "Everywhere", "Show the Chat pane.", "F1")
        await pilot.press("escape")
        await until(lambda: isinstance(app.screen, JobsPane))
        await pilot.press("question_mark")
        await shows(app, "In Jobs")
        await pilot.press("2")
        await pilot.pause()
        assert not isinstance(app.screen, TaxonomyPane)


async def test_palette_finds_panes() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("colon")
        await shows(app, "view: Home", "view: System")
        await pilot.press(*"view taxon", "enter")
        await until(lambda: isinstance(app.screen, TaxonomyPane), "the Taxonomy pane")


async def test_bindings_have_id_and_tooltip() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in "01286":
            await pilot.press(key)
            await pilot.pause()
            named = [
                binding
                for bindings in app.screen._bindings.key_to_bindings.values()
                for binding in bindings
                if binding.description and type(app.screen).__module__.startswith("tui")
            ]
            own = [binding for binding in named if binding.id]
            assert all(binding.tooltip for binding in own)


async def test_ascii_option_draws_pure_ascii(tmp_path: Path) -> None:
    leaf = tmp_path / "knowledge" / "cats" / "qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\nbogus: 1\n")
    app = Workbench(ascii_only=True, taxonomy_path=tmp_path, base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "RAM")
        assert screen_text(app).isascii()
        for key, word in (("1", "memory "), ("8", "No jobs yet"), ("2", "cats"), ("6", "No server answers")):
            await pilot.press(key)
            await shows(app, word)
            assert screen_text(app).isascii(), screen_text(app)
        await pilot.press("escape", "f1")
        await shows(app, "Help: ")
        assert screen_text(app).isascii(), screen_text(app)


async def test_notify_shows_only_newest() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await shows(app, "^q Quit")
        before = screen_text(app).splitlines()
        app.notify("an old note")
        await shows(app, "an old note")
        app.notify("a new note")
        await shows(app, "a new note")
        await until(lambda: "an old note" not in screen_text(app))
        app.notify("third")
        app.notify("A long message about the fourth one.", severity="error")
        await until(lambda: "about the fourth one." in screen_text(app).splitlines()[0], "the message over the header")
        assert "third" not in screen_text(app)
        assert screen_text(app).splitlines()[1] == before[1]
        await pilot.pause()


async def test_quit_ends_workbench() -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+q")
        await until(lambda: app._exit)
    await asyncio.sleep(0)


def test_farewell_names_running_jobs() -> None:
    assert farewell([]) == ""
    assert farewell(["train-k3f9x"]).startswith("train-k3f9x is still running")
    assert "labtop process attach train-k3f9x" in farewell(["train-k3f9x"])
    assert farewell(["a", "b"]).startswith("2 jobs are still running: a, b.")
