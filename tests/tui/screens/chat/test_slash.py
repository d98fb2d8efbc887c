"""The slash commands in the Chat pane that are not those of a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane

pytestmark = pytest.mark.slow


async def test_slash_commands_do_what_they_do_in_the_terminal(endpoint: str, tmp_path: Path) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        pane = app.panes["chat"]
        assert isinstance(pane, ChatPane)

        async def enter(text: str, *shown: str) -> None:
            pane.line.value = text
            await pilot.press("enter")
            await shows(app, *shown)

        await enter("first", "heard 1 turns")
        await until(lambda: pane._reply is None)
        await enter("/set temperature 0.5", "temperature  0.5", "seed  default")
        await enter("/set color red", "There is no setting color.")
        await enter("/lc", "cli_helper  You are an expert")
        await enter("/c cli_helper", "Context: You are an expert", "context cli_helper")
        await enter("/t About cats", "Named About cats.")
        await enter("/e 1 second", "Edit the question")
        assert pane.line.value == "second"
        await pilot.press("enter")
        await shows(app, "2 of 2: left and right")
        await until(lambda: pane._reply is None)
        await enter("/lb", "  1  2 turns  first", "* 2  2 turns  second")
        await enter("/lb 1", "1 of 2: left and right")
        await enter("/lb 7", "This conversation has no branch 7: it has 2.")
        await enter("/r")
        await until(lambda: len(pane._session.all_turns) == 5 and pane._reply is None)
        await enter("/p", "**tiny-student**")
        await enter("/b 1", "The next question follows here")
        await enter(f"/x {tmp_path}/talk.jsonl", "Exported to")
        assert json.loads((tmp_path / "talk.jsonl").read_text())["messages"][0]["role"] == "system"
        await enter("/y")
        assert app.clipboard.startswith("**tiny-student**")
        await enter(f"/s {tmp_path}/kept.json", "Saved as")
        await enter(f"/L {tmp_path}/kept.json", "continues in")
        await enter("/n", "• first")
        assert [turn.content for turn in pane._session.turns[::2]] == ["first"]
        await enter("/N")
        await until(lambda: pane._session.turns == ())
        await enter("/a tiny-base", "tiny-base, 2 served")
        await enter("/a nonesuch", "does not serve nonesuch")
        await enter("/b", "/b needs a number")
        await enter("/nonsense", "Unknown command /nonsense")
        await enter("/m", "ctrl+j begins a new line")
        await enter("/ls cats", "Conversations · 1 · /cats", "About cats")
        await pilot.press("escape", "escape")
        await enter("/o last")
        await until(lambda: "Unknown command" not in screen_text(app))
