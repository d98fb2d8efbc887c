"""Fields of forms as they are drawn."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from tests.tui.helpers import screen_text
from widgets.forms.field_row import FieldRow
from widgets.glyphs import ASCII, UNICODE, Glyphs

FOLDER = "/home/somebody/.local/share/labtop/datasets/2026-11-30_a_run_with_a_long_name"


class Fields(App[None]):
    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self.glyphs = glyphs

    def compose(self) -> ComposeResult:
        yield FieldRow("first", "first", "", self.glyphs)
        for number in (1, 2):
            yield FieldRow(f"path-{number}", "path", f"{FOLDER}/{number}/模型.jsonl", self.glyphs)
        yield FieldRow("default", "default", "", self.glyphs, placeholder=f"{FOLDER}/default.jsonl")
        yield FieldRow("text", "text", "word " * 30, self.glyphs)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
async def test_end_of_a_long_path_is_shown_unless_it_is_edited(glyphs: Glyphs) -> None:
    app = Fields(glyphs)
    async with app.run_test(size=(80, 10)) as pilot:
        rows = list(app.query(FieldRow))
        rows[0].value_widget.focus()
        await pilot.pause()
        _, first, second, default, text, *_ = screen_text(app).splitlines()
        assert f" {glyphs.ellipsis}" in first
        assert "/1/模型.jsonl" in first.replace(" ", "")
        assert "/2/模型.jsonl" in second.replace(" ", "")
        assert "/default.jsonl" in default
        assert " word word" in text
        rows[1].value_widget.focus()
        await pilot.press("home")
        await pilot.pause()
        assert FOLDER[:12] in screen_text(app).splitlines()[1]
