"""Keys that arrive together, as they do on a slow line."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.events import Key

from widgets.completion_list import CompletionList
from widgets.glyphs import UNICODE
from widgets.history_input import HistoryInput
from widgets.yaml_editor import YamlEditor


class Typing(App[None]):
    def compose(self) -> ComposeResult:
        completions = CompletionList()
        yield HistoryInput("Type", id="line")
        yield YamlEditor(UNICODE, id="text", completions=completions, completer=lambda _text, _place: ())
        yield completions


@pytest.mark.parametrize("widget", ["line", "text"])
@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("h e l backspace p", "hep"),
        ("o r l d home W", "World"),
        ("b c left left a end d", "abcd"),
        ("a b delete left delete c", "ac"),
    ],
)
async def test_keys_count_in_the_order_of_typing(widget: str, keys: str, text: str) -> None:
    app = Typing()
    async with app.run_test(size=(60, 12)) as pilot:
        app.query_one(f"#{widget}").focus()
        await pilot.pause()
        for key in keys.split():
            app.post_message(Key(key, key if len(key) == 1 else None))
        await pilot.pause()
        if widget == "line":
            assert app.query_one(HistoryInput).value == text
        else:
            assert app.query_one(YamlEditor).text == text
