"""The Chat pane against a streaming server in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from core import paths
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane

pytestmark = pytest.mark.slow


def pane_of(app: Workbench) -> ChatPane:
    pane = app.panes["chat"]
    assert isinstance(pane, ChatPane)
    return pane


async def test_chat_streams_markdown_and_figures(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student, 2 served", endpoint)
        await pilot.press(*"why 2", "enter")
        await shows(app, "tiny-student heard 1 turns.", "• why 2", "tokens/s")
        await until(lambda: pane_of(app)._reply is None)
        assert "**" not in screen_text(app)
        await pilot.press(*"again", "enter")
        await shows(app, "heard 3 turns.")
        await until(lambda: len(pane_of(app)._session.turns) == 4)
        (file,) = paths.current().chatlogs_dir.iterdir()
        assert "why 2" in file.read_text()
        await pilot.press("up", "up")
        assert pane_of(app).line.value == "why 2"
        await pilot.press("down", "down")
        assert pane_of(app).line.value == ""


async def test_chat_esc_stops_reply_and_keeps_text(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", *"slow", "enter")
        await shows(app, "again again again", "esc Stop")
        await pilot.press("escape")
        await until(lambda: pane_of(app)._reply is None)
        await shows(app, "stopped", "esc Leave")
        assert pane_of(app)._session.turns[-1].content.startswith("again ")
        await pilot.press("escape", "1")
        await shows(app, "memory", "processes")


async def test_chat_forgets_that_no_server_answered(endpoint: str) -> None:
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "No server answers")
        app.context.base_url = endpoint  # as a server that the workbench has started
        await pilot.press("alt+0", "6")
        await shows(app, "tiny-student", endpoint)
        await until(lambda: "No server answers" not in screen_text(app))


async def test_chat_new_conversation_is_empty(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", *"first", "enter")
        await shows(app, "heard 1 turns.")
        await until(lambda: pane_of(app)._reply is None)
        await pilot.press("ctrl+n")
        await until(lambda: "heard" not in screen_text(app))
        await pilot.press(*"second", "enter")
        await shows(app, "heard 1 turns.")


async def test_chat_key_switches_model(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student", "^t Model")
        await pilot.press("ctrl+t", *"hello", "enter")
        await shows(app, "tiny-base heard 1 turns.")


async def test_chat_error_is_shown_and_question_can_be_repeated(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", *"fail", "enter")
        await shows(app, "the model fell over")
        await until(lambda: pane_of(app)._reply is None)
        assert pane_of(app)._session.turns == ()
        await pilot.press(*"ok", "enter")
        await shows(app, "heard 1 turns.")


async def test_chat_without_server_says_how_to_start_one() -> None:
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "No server answers", "labtop model serve", "esc, then s: serve a")
        await pilot.press(*"hello", "enter")
        await shows(app, "hello", "^r Again")
        assert screen_text(app).count("No server answers") == 1
        assert pane_of(app)._session.turns == ()


async def test_question_without_a_server_is_sent_again_when_there_is_one(endpoint: str) -> None:
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "No server answers")
        await pilot.press(*"hello", "enter")
        await shows(app, "^r Again")
        app.context.base_url = endpoint
        await pilot.press("ctrl+r")
        await shows(app, "heard 1 turns.")
        assert pane_of(app)._session.turns[0].content == "hello"


async def test_chat_slash_commands(endpoint: str, tmp_path: Path) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 30)) as pilot:
        await pilot.press("6", *"/h", "enter")
        await shows(app, "start a new conversation")
        await pilot.press(*"/c Be brief.", "enter")
        await shows(app, "Context: Be brief.")
        await pilot.press(*"hello", "enter")
        await shows(app, "heard 2 turns.")
        await until(lambda: pane_of(app)._reply is None)
        pane_of(app).line.value = f"/s {tmp_path}/talk.json"
        await pilot.press("enter")
        await until((tmp_path / "talk.json").exists)
        await pilot.press(*"/n", "enter")
        await until(lambda: "heard" not in screen_text(app))
        pane_of(app).line.value = f"/l {tmp_path}/talk.json"
        await pilot.press("enter")
        await shows(app, "heard 2 turns.", "continues in")
        await pilot.press(*"/l", "enter")
        await shows(app, "A file is missing.")


async def test_chat_contains_an_endless_stream_and_stays_usable(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6", *"flood", "enter")
        await shows(app, "tide tide")
        await pilot.press("alt+1")  # while it arrives
        await shows(app, "memory", "processes")
        await pilot.press("6")
        await shows(app, "was ended after 1,000,000", "ended by labtop")
        assert "\x1b" not in screen_text(app)
        assert pane_of(app)._session.turns[-1].content.startswith("tide tide")
        await shows(app, "tiny-student, 2 served")
        await pilot.press(*"huge", "enter")
        await shows(app, "a piece of more than 8 MB")
        await pilot.press(*"hello", "enter")
        await shows(app, "heard 3 turns.")
