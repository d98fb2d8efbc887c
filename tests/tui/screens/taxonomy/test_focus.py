"""Where the focus is decides which keys work, however late its events come in."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.widget import Widget

from tests.tui.helpers import shows, until
from tui.app import Workbench
from tui.screens.taxonomy.pane import TaxonomyPane


async def passed_through(widget: Widget) -> None:
    """Wait until a widget, and all that it is in, have handled what was sent to them."""
    for node in widget.ancestors_with_self:
        handled = asyncio.Event()
        node.call_later(handled.set)
        await handled.wait()


async def test_focus_late_tree_event_takes_no_key_from_editor(tmp_path: Path) -> None:
    leaf = tmp_path / "knowledge/cats/qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    app = Workbench(taxonomy_path=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await shows(app, "cats")
        await pilot.press("down", "enter")
        pane = app.screen
        assert isinstance(pane, TaxonomyPane)
        await until(lambda: pane.leaf.editor.has_focus)
        gate = asyncio.Event()
        pane.browser.leaves.call_later(gate.wait)  # as while it shows thousands of leaves
        pane.set_focus(pane.browser.leaves)
        pane.set_focus(pane.leaf.editor)
        await passed_through(pane.leaf.editor)
        assert pane.focused is pane.leaf.editor
        gate.set()
        await passed_through(pane.browser.leaves)
        await pilot.press("f6")
        await shows(app, "This leaf has no documents.")
