"""Opening the workbench: the environment it sets, and its errors."""

from __future__ import annotations

import os

import pytest

from core import paths
from core.errors import LabtopError
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from tui.start import open_workbench
from tui.themes import SIXTEEN_COLOR_THEMES


@pytest.fixture(autouse=True)
def variables_of_textual(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that opening the workbench sets are removed afterwards."""
    for name in ("TEXTUAL_COLOR_SYSTEM", "TEXTUAL_SMOOTH_SCROLL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_ssh_gets_fewer_and_smaller_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workbench, "run", lambda _app: None)
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 22 10.0.0.2 22")
    monkeypatch.setenv("TEXTUAL_FPS", "30")
    monkeypatch.delenv("TEXTUAL_ANIMATIONS")
    open_workbench()
    assert os.environ["TEXTUAL_ANIMATIONS"] == "none"
    assert os.environ["TEXTUAL_SMOOTH_SCROLL"] == "0"
    assert os.environ["TEXTUAL_FPS"] == "30"


def test_unexpected_error_is_a_message_and_traceback_in_log(monkeypatch: pytest.MonkeyPatch) -> None:
    run = Workbench.run

    def fail(_app: Workbench) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr(Workbench, "on_mount", fail)
    monkeypatch.setattr(Workbench, "run", lambda app: run(app, headless=True))
    with pytest.raises(LabtopError, match="unexpected error") as caught:
        open_workbench()
    assert str(paths.current().log_file) in str(caught.value.hint)
    assert "ZeroDivisionError: a defect" in paths.current().log_file.read_text()


def test_terminal_without_utf8_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Workbench] = []
    monkeypatch.setattr(Workbench, "run", lambda app: opened.append(app))
    monkeypatch.setattr("tui.start.launch_environment", lambda: {"LANG": "C"})
    monkeypatch.delenv("COLORTERM", raising=False)
    monkeypatch.setenv("TERM", "linux")
    open_workbench(theme="light")
    assert opened[0].context.glyphs.ascii_only
    assert opened[0].theme == SIXTEEN_COLOR_THEMES["light"].name
    assert os.environ["TEXTUAL_COLOR_SYSTEM"] == "standard"


async def test_chat_settings_apply_to_new_conversations(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Workbench] = []
    monkeypatch.setattr(Workbench, "run", lambda app: opened.append(app))
    open_workbench(chat={"temperature": 0.5, "max_tokens": 9, "seed": 3, "context": "You are a cook."})
    (app,) = opened
    async with app.run_test() as pilot:
        await pilot.press("6")
        pane = app.panes["chat"]
        assert isinstance(pane, ChatPane)
        settings = pane._session.settings
    assert (settings.temperature, settings.max_tokens, settings.seed) == (0.5, 9, 3)
    assert (settings.context, settings.system_prompt) == ("custom", "You are a cook.")
