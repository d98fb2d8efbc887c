"""Digits in input lines: they switch panes while a line is empty."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Paste

from widgets.chat.history_input import HistoryInput
from widgets.lists.filter_input import FilterInput
from widgets.logs.log_search import LogSearch

ROOT = Path(__file__).parents[2]


class Host(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("8,alt+8", "switch", "Jobs")]

    def __init__(self) -> None:
        super().__init__()
        self.switched = 0

    def compose(self) -> ComposeResult:
        yield HistoryInput("Ask", id="chat")
        yield FilterInput()
        yield LogSearch(id="search")

    def action_switch(self) -> None:
        self.switched += 1


async def test_line_input_keeps_all_lines_of_a_paste() -> None:
    app = Host()
    async with app.run_test() as pilot:
        line = app.query(FilterInput).first()
        line.display = True
        line.focus()
        await pilot.press("a", "space")
        line.post_message(Paste("one\ntwo\r\nthree\n"))
        await pilot.pause()
        assert line.value == "a one two three"


def test_every_input_line_keeps_all_lines_of_a_paste() -> None:
    """Only the base class itself may be Textual's."""
    used = re.compile(r"\bInput\(|\bInput\):")
    files = [file for folder in ("tui", "widgets") for file in (ROOT / folder).rglob("*.py")]
    assert [file.name for file in files if used.search(file.read_text())] == ["line_input.py"]


async def test_pane_input_leaves_a_first_digit_to_the_workbench() -> None:
    app = Host()
    async with app.run_test() as pilot:
        line, filter_line = app.query_one(HistoryInput), app.query(FilterInput).first()
        for field in (line, filter_line):
            field.display = True
            field.focus()
            await pilot.press("8", "a", "8", "alt+8")
            assert field.value == "a8"
            await pilot.press("backspace", "backspace", "8", "space", "8")
            assert field.value == " 8"
        assert app.switched == 6
        search = app.query_one(LogSearch)
        search.display = True
        search.focus()
        await pilot.press("8", "8")
        assert search.value == "88"
        assert app.switched == 6
