"""Pictures of a form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.helpers import screen_text, until
from tests.tui.picture import looks_like
from tui.app import Workbench
from tui.screens.forms.dialog import FormDialog
from tui.screens.shared.pane import Pane


@pytest.mark.parametrize(
    ("name", "ascii_only", "size"),
    [("form", False, (80, 24)), ("form-ascii", True, (80, 24)), ("form", False, (140, 40))],
)
async def test_form_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, ascii_only: bool, size: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(FormDialog, "CSS", "FormDialog { background: $background; }")  # hides the pane behind it
    app = Workbench(ascii_only=ascii_only)
    async with app.run_test(size=size) as pilot:
        await until(lambda: isinstance(app.screen, Pane))
        app.action_start_step("quickstart")
        await until(lambda: isinstance(app.screen, FormDialog))
        await pilot.press("down", "space")
        await looks_like(app, name, "Start the quickstart", "labtop quickstart --short", "ready to start")
        assert screen_text(app).isascii() or not ascii_only
