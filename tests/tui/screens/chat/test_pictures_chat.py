"""Pictures of the Chat pane: a conversation with its list, options, the choice of models, and models side by side."""

from __future__ import annotations

import pytest

from core import paths
from core.chat.saved import SessionStore
from core.chat.turns import Figures
from tests.tui.helpers import until
from tests.tui.picture import both_sizes, looks_like
from tests.tui.test_readme import SIZE, shown_in_readme
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from widgets.chat.chat_turn import figures_text

TALK = (
    ("How many islands get books?", "The *Petrel* brings books to **eleven islands** of the Sound of Dunmara."),
    (
        "What is on board?",
        "Four things:\n\n1. about 1,400 books, a third of them for children\n2. two crates of newspapers\n"
        "3. a stove\n4. the keeper's ledger\n\n> The ledger is older than the ship.",
    ),
    (
        "Write its timetable as code.",
        "```python\nSTOPS = {'Inver': 'Monday', 'Sallow': 'Tuesday'}\n\ndef day(island: str) -> str:\n"
        "    return STOPS.get(island, 'every second Friday')\n```",
    ),
)


@pytest.fixture(autouse=True)
def fixed_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same times in every run."""
    monkeypatch.setattr("tui.screens.chat.asking.note_of", lambda *_: figures_text(1.8, 24, 24.0))
    monkeypatch.setattr("widgets.chat.session_row.date_text", lambda *_: "14:02")


def write_talks() -> str:
    """Three conversations; the id of the newest one."""
    store = SessionStore(paths.current().chatlogs_dir)
    for number, (question, answer) in enumerate((TALK[1], TALK[2], TALK[0])):
        session = store.new()
        session.append("user", question)
        session.append("assistant", answer, model="tiny-student", figures=Figures(tokens=24, seconds=1.8))
        if number == 2:
            for asked, answered in TALK[1:]:
                session.append("user", asked)
                figures = Figures(tokens=24, seconds=1.8)
                session.append("assistant", answered, model="tiny-student", figures=figures)
        session.close()
    return session.file.stem if session.file is not None else ""


def shown_port(endpoint: str) -> dict[str, str]:
    return {endpoint: f"http://127.0.0.1:{'8' * (len(endpoint) - len('http://127.0.0.1:/v1'))}/v1"}


async def pane_with_talk(app: Workbench, talk: str) -> ChatPane:
    await app.run_action("app.show_pane('chat')")
    pane = app.panes["chat"]
    assert isinstance(pane, ChatPane)
    await until(lambda: pane._model is not None)
    pane.open_session(paths.current().chatlogs_dir / f"{talk}.jsonl")
    await until(lambda: len(pane._session.turns) == 6)
    pane.turns.remove_turn(pane.turns.turns[-1])  # the message with the path of the file
    return pane


async def test_a_resumed_conversation(endpoint: str) -> None:
    talk = write_talks()
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(80, 24)) as pilot:
        await pane_with_talk(app, talk)
        port = shown_port(endpoint)
        await looks_like(app, "chat-markdown", "every second Friday", "24 tokens/s", shown_as=port)
        await pilot.press("ctrl+o")
        await looks_like(app, "chat-options", "Options of this conversation", "system prompt", shown_as=port)
        await pilot.press("escape", "ctrl+l")
        await looks_like(app, "chat-sessions", "Conversations · 3", "What is on board?")


@both_sizes
async def test_side_by_side(endpoint: str, size: tuple[int, int]) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        pane = app.panes["chat"]
        assert isinstance(pane, ChatPane)
        await until(lambda: pane._model is not None)
        await pilot.press("escape", "vertical_line", "space", "down", "space")
        await looks_like(app, "chat-models", "Compare 2 models", shown_as=shown_port(endpoint))
        await pilot.press("enter", *"why", "enter")
        await until(lambda: pane.can_vote)
        await pilot.press("escape", "B")
        await looks_like(app, "chat-compare", "The best answer.", "1 vote: tiny-base 1, tiny-student 0")


@pytest.mark.slow
async def test_picture_of_the_documentation(endpoint: str) -> None:
    talk = write_talks()
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=SIZE):
        await pane_with_talk(app, talk)
        words = ("Conversations · 3", "every second Friday", "eleven islands")
        shown = next(iter(shown_port(endpoint).items()))
        await shown_in_readme(app, "chat", *words, page="docs/workbench.md", shown_as=shown)
