"""The picture of the Train pane in docs/workbench.md. `make pictures` writes it."""

from __future__ import annotations

import pytest

from tests.tui.helpers import until
from tests.tui.screens.train.test_pictures import opened
from tests.tui.test_readme import SIZE, shown_in_readme
from tui.app import Workbench

pytestmark = pytest.mark.slow


async def test_pictures_of_train(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=SIZE) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("down", "down", "space")
        await until(lambda: pane.grid.large.chart and len(pane.grid.large.chart.series) == 6)
        words = ("train-pd4wz", "k3f9x", "validation loss", "76.0% ±4.0", "granite-7b-starter", "GPU utilization")
        await shown_in_readme(app, "train", *words, page="docs/workbench.md")
