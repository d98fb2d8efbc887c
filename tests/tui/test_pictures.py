"""Pictures of the Chat pane, of the help and of the palette, and what holds for all pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.helpers import until
from tests.tui.picture import PICTURES, WIDE, both_sizes, looks_like
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from widgets.chat.chat_turn import figures_text


@both_sizes
async def test_a_conversation(endpoint: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.screens.chat.asking.note_of", lambda *_: figures_text(1.8, 24, 24.0))
    monkeypatch.setattr("widgets.chat.session_row.date_text", lambda *_: "14:02")
    port = {endpoint: f"http://127.0.0.1:{'8' * (len(endpoint) - len('http://127.0.0.1:/v1'))}/v1"}
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        await looks_like(app, "chat-empty", "tiny-student, 2 served", "Ask something", shown_as=port)
        pane = app.panes["chat"]
        assert isinstance(pane, ChatPane)
        pane.line.value = "Why do cats purr, and what does it tell the people who live with them about how they feel?"
        await pilot.press("enter")
        await until(lambda: len(pane._session.turns) == 2)
        await pilot.press(*"/set", "enter")
        await looks_like(app, "chat", "heard 1 turns", "1.8 s", "24 tokens/s", shown_as=port)


async def test_no_server() -> None:
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await looks_like(app, "chat-no-server", "no model yet", "No server answers", "labtop model serve")


@both_sizes
async def test_help_and_palette(size: tuple[int, int]) -> None:
    app = Workbench(taxonomy_path=Path("/srv/example/taxonomy"))
    async with app.run_test(size=size) as pilot:
        await pilot.press("2")
        await looks_like(app, "taxonomy-none", "There is no leaf in /srv/example/taxonomy")
        await pilot.press("8", "f1")
        await looks_like(app, "help", "Every long task is a job", "In Jobs")
        await pilot.press("end")
        await looks_like(app, "help-end", "Everywhere", "esc closes this page")
        await pilot.press("escape", "ctrl+p")
        await looks_like(app, "palette", "view: Home", "Show the Home pane.")
        await pilot.press(*"quit")
        await looks_like(app, "palette-search", "view: Quit")


def test_every_picture_is_drawn_by_a_test() -> None:
    source = "".join(file.read_text() for file in Path(__file__).parent.rglob("test_*.py"))
    left_over = [file.name for file in PICTURES.iterdir() if f'"{file.stem.rpartition("-")[0]}"' not in source]
    assert not left_over
    wide = {file.stem.rpartition("-")[0] for file in PICTURES.iterdir() if not file.stem.endswith("-80x24")}
    assert wide == WIDE
