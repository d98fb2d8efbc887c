"""The README's picture of the Evaluate pane. `make pictures` writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.screens.evaluate.test_pane import opened
from tests.tui.test_readme import SIZE, shown_in_readme
from tui.app import Workbench

pytestmark = pytest.mark.slow


async def test_pictures_of_evaluate(scores: Path) -> None:
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot)
        await pilot.press("end", "enter", "down", "down")
        words = ("samples_1440", "better 19", "What colour is the hull?", "The hull is red.", "I cannot say.")
        await shown_in_readme(app, "evaluate", *words)
