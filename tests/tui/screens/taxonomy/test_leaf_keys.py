"""Keys that act on the open leaf while the tree or the documents have the focus."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.helpers import shows, until
from tests.tui.screens.taxonomy.test_authoring import documents, file_of, open_cats, taxonomy
from tui.app import Workbench
from tui.screens.taxonomy.git_dialog import GitDialog

__all__ = ["documents", "taxonomy"]

pytestmark = pytest.mark.slow


async def test_leaf_keys_work_from_the_tree_and_the_documents(taxonomy: Path) -> None:
    app = Workbench(taxonomy_path=taxonomy)
    async with app.run_test(size=(140, 40)) as pilot:
        pane = await open_cats(app, pilot)
        await pilot.press("ctrl+end", *"# note  ")
        await pilot.press("escape")
        await until(lambda: pane.browser.leaves.has_focus)
        await pilot.press("f3")
        await until(lambda: pane.leaf.editor.text.endswith("# note\n"))
        await pilot.press("ctrl+s")
        await until(lambda: file_of(taxonomy).read_text().endswith("# note\n"))
        assert pane.browser.leaves.has_focus
        await pilot.press("f6")
        await until(lambda: pane.reading)
        await shows(app, "Cats of kind 6 purr")
        await pilot.press("ctrl+g")
        await until(lambda: isinstance(app.screen, GitDialog))
        await pilot.press("escape", "escape", "escape")
        await until(lambda: pane.browser.leaves.has_focus)
        await pilot.press("f2")
        await until(lambda: pane.attribution.editor.has_focus)
        await pilot.press("escape", "escape", "escape", "escape")
        await until(lambda: pane.browser.leaves.has_focus)
        assert app.screen is pane
