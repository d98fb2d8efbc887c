"""Switching screens does no needless work, and shows what it would show with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from textual.color import Color
from textual.css.parse import parse
from textual.widget import Widget

from tests.tui.helpers import until
from tui.app import Workbench
from tui.fast_screens import KeptStylesheet


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The style sheets that were parsed."""
    seen: list[str] = []

    def count(scope: str, css: str, *arguments: Any, **options: Any) -> Any:
        seen.append(css)
        return parse(scope, css, *arguments, **options)

    monkeypatch.setattr("textual.css.stylesheet.parse", count)
    yield seen


def test_stylesheet_is_parsed_again_only_for_other_variables(parsed: list[str]) -> None:
    sheet = KeptStylesheet({"calm": "#000001"})
    sheet.add_source("Label { color: $calm; }", ("one", ""))
    sheet.set_variables({"calm": "#000001"})
    sheet.reparse()
    sheet.add_source("Button { color: $calm; }", ("other", ""))
    sheet.reparse()
    assert parsed == ["Label { color: $calm; }", "Button { color: $calm; }"]
    sheet.set_variables({"calm": "#000002"})
    sheet.reparse()
    assert len(parsed) == 4
    assert {rule.styles.color for rule in sheet.rules} == {Color.parse("#000002")}


@pytest.mark.slow
async def test_hidden_pane_gets_theme_and_size() -> None:
    app = Workbench()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("8")
        jobs = app.panes["jobs"]
        await pilot.press("0")
        app.theme = "textual-light"
        await pilot.resize_terminal(80, 24)
        await pilot.press("8")
        assert app.screen is jobs
        light = Color.parse(app.theme_variables["background"])
        await until(lambda: jobs.styles.background == light)
        tabs = jobs.query("PaneTabs").first(Widget)
        assert tabs.size.width == 80 - tabs.styles.padding.width
        assert jobs.has_class("-narrow")
        assert not jobs.has_class("-wide")
