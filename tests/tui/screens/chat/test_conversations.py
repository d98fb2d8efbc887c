"""All conversations in the Chat pane: the list, branches, options, and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core import paths
from core.chat.saved import list_sessions
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from widgets.chat.chat_turn import MAX_SHOWN

pytestmark = pytest.mark.slow


def pane_of(app: Workbench) -> ChatPane:
    pane = app.panes["chat"]
    assert isinstance(pane, ChatPane)
    return pane


async def ask(app: Workbench, pilot: Pilot[Any], question: str) -> None:
    before = len(pane_of(app)._session.all_turns)
    await pilot.press(*question, "enter")
    await until(lambda: len(pane_of(app)._session.all_turns) > before + 1 and pane_of(app)._reply is None)


async def test_list_of_conversations(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await ask(app, pilot, "about cats")
        await pilot.press("ctrl+n")
        await ask(app, pilot, "about dogs")
        await pilot.press("ctrl+l")
        await shows(app, "Conversations · 2", "about cats", "about dogs", "r Resume", "x Remove")
        await pilot.press("slash", *"heard cats")
        await until(lambda: len(pane_of(app)._saved) == 1)  # the answer contains both words
        await pilot.press("enter", "r")
        await shows(app, "• about cats", "esc Leave")
        await ask(app, pilot, "again")
        assert [turn.content for turn in pane_of(app)._session.turns[::2]] == ["about cats", "again"]
        await pilot.press("ctrl+l", "x", "right", "enter")
        await until(lambda: len(list_sessions(paths.current().chatlogs_dir)) == 1)
        await until(lambda: pane_of(app)._session.turns == () or "about dogs" in screen_text(app))


async def test_edit_branch_and_ask_again(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await ask(app, pilot, "first")
        await ask(app, pilot, "second")
        await pilot.press("escape", "up", "up")
        await shows(app, "▌ second", "enter Edit", "b Branch", "y Copy")
        await pilot.press("enter", "!")
        assert pane_of(app).line.value == "second!"
        await ask(app, pilot, "")
        await shows(app, "• second!", "2 of 2: left and right show the others")
        await pilot.press("escape", "left")
        await shows(app, "1 of 2: left and right show the others")
        assert pane_of(app)._session.turns[2].content == "second"
        await pilot.press("ctrl+r")
        await until(lambda: len(pane_of(app)._session.all_turns) == 7 and pane_of(app)._reply is None)
        assert len(pane_of(app)._session.alternatives(pane_of(app)._session.turns[-1].id)) == 2
        await pilot.press("up", "up", "up", "b")
        await shows(app, "The next question follows here")
        await ask(app, pilot, "third")
        assert [turn.content for turn in pane_of(app)._session.turns[::2]] == ["first", "third"]
        await shows(app, "heard 3 turns")
        await pilot.press("escape", "up", "up", "enter", "escape")
        assert pane_of(app).line.value == ""


async def test_a_failed_question_can_be_sent_again(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await ask(app, pilot, "hello")
        await pilot.press(*"fail", "enter")
        await shows(app, "the model fell over")
        await until(lambda: pane_of(app)._reply is None)
        assert [turn.content for turn in pane_of(app)._session.turns[::2]] == ["hello"]
        await pilot.press("ctrl+r")
        await until(lambda: screen_text(app).count("the model fell over") == 1 and pane_of(app)._reply is None)
        await pilot.press("up")
        assert pane_of(app).line.value == "fail"


async def test_options_are_sent_and_saved(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await pilot.press("ctrl+o")
        await shows(app, "Options of this conversation", "temperature", "system prompt")
        await pilot.press(*"9", "enter")
        await shows(app, "temperature: Input should be less than or equal to 2")
        await pilot.press("backspace", *"0.5", "tab", *"7", "tab", "tab", "tab", *"Be brief.", "enter")
        await shows(app, "temperature 0.5 · seed 7 · context custom")
        await ask(app, pilot, "hello")
        await shows(app, "heard 2 turns.")
        settings = pane_of(app)._session.settings
        assert (settings.temperature, settings.seed, settings.system_prompt) == (0.5, 7, "Be brief.")
        await pilot.press("ctrl+o", "tab", "tab", "tab", "right")
        await shows(app, "none")
        await pilot.press("enter")
        await until(lambda: pane_of(app)._session.settings.context != "custom")


async def test_conversation_is_saved_as_markdown_and_as_training_data(endpoint: str, tmp_path: Path) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(100, 24), notifications=True) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await ask(app, pilot, "hello")
        for name in ("talk.md", "talk.jsonl"):
            await pilot.press("ctrl+s")
            await shows(app, "Save the conversation")
            await pilot.press(*f"{tmp_path}/{name}", "enter")
            await until((tmp_path / name).exists)
        assert "# hello" in (tmp_path / "talk.md").read_text()
        record = json.loads((tmp_path / "talk.jsonl").read_text())
        assert [message["role"] for message in record["messages"]] == ["user", "assistant"]


async def test_answers_are_copied(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await ask(app, pilot, "hello")
        await pilot.press("escape", "y")
        assert app.clipboard.startswith("**tiny-student** heard 1 turns.")
        pane_of(app)._session.edit(pane_of(app)._session.turns[0].id, "x" * MAX_SHOWN)
        pane_of(app)._show_session()
        await pilot.press("up", "y")
        await shows(app, "too long for a terminal's clipboard")
        file = paths.current().state_dir / "copied.txt"
        assert file.read_text() == "x" * MAX_SHOWN
        assert file.stat().st_mode & 0o777 == 0o600


async def test_several_lines_are_one_question(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await pilot.press(*"one", "ctrl+j", *"two\\", "enter", *"three")
        assert pane_of(app).line.value == "one\ntwo\nthree"
        await ask(app, pilot, "")
        assert pane_of(app)._session.turns[0].content == "one\ntwo\nthree"
        await pilot.press("up", "up", "up", "down", "down", "down")
        assert pane_of(app).line.value == ""


async def test_key_shows_what_was_taught_about_a_question(endpoint: str) -> None:
    data = paths.current().datasets_dir / "knowledge_train_msgs_2026-01-01T00_00_00.jsonl"
    data.parent.mkdir(parents=True)
    turns = [{"role": "user", "content": "Who repairs the mast?"}, {"role": "assistant", "content": "A carpenter."}]
    data.write_text(json.dumps({"messages": turns, "metadata": "{}"}) + "\n")
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", *"mast", "enter")
        await shows(app, "heard 1 turns.")
        await until(lambda: pane_of(app)._reply is None)
        await pilot.press("escape", "q")
        await shows(app, "what was taught", "Who repairs the mast?", "A carpenter.")
        await pilot.press("escape")
        await until(lambda: app.screen is pane_of(app))
