"""Pictures of the Train pane, over folders of trainings that were never run."""

from __future__ import annotations

import os

from textual.pilot import Pilot

from tests.core.overview.training.jobs import FakeTraining, options
from tests.tui.helpers import screen_text, until
from tests.tui.picture import both_sizes, looks_like
from tui.app import Workbench
from tui.screens.train.pane import TrainPane


async def opened(app: Workbench, pilot: Pilot[object]) -> TrainPane:
    await pilot.press("4")
    await until(lambda: isinstance(app.screen, TrainPane))
    pane = app.screen
    assert isinstance(pane, TrainPane)
    await until(lambda: pane.grid.has_charts and pane.runs.cursor_key is not None)
    return pane


@both_sizes
async def test_trainings(trainings: None, size: tuple[int, int]) -> None:
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        pane = await opened(app, pilot)
        await looks_like(app, "train-running", "train-pd4wz", "step 40/80", "samples/s", "76.0% ±4.0", "to phase 2")
        await pilot.press("c")
        await looks_like(app, "train-stop", "Stop train-pd4wz", "The running step is finished", "Keep running")
        await pilot.press("escape", "down", "space", "down", "space")
        await looks_like(app, "train-overlay", "2 over the charts", "k3f9x", "7mq2v")
        await pilot.press("enter")
        await until(lambda: pane.update_of("train-k3f9x"))  # its checkpoints are listed
        await pilot.press("tab", "end")
        await looks_like(app, "train-finished", "✓ succeeded", "83.0% ±4.0", "best, tie", "enter Use")


async def test_another_chart_and_zoom(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("m", "m", "z", "v")
        await looks_like(app, "train-graph", "gradient norm", "log axis, last quarter", "phase 2")


async def test_trainings_in_ascii(trainings: None) -> None:
    app = Workbench(ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await pilot.press("down", "down", "space")
        await looks_like(app, "train-ascii", "o k3f9x", "* pd4wz", "> running", "76.0% +-4.0")
        assert screen_text(app).isascii()


async def test_no_training(fixed_time: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await looks_like(app, "train-empty", "No training yet.", "Press t")


@both_sizes
async def test_before_the_first_step(fixed_time: None, size: tuple[int, int]) -> None:
    job = FakeTraining("train", 20, options())
    titles = {"train.phase1": "Train phase 1: knowledge", "evaluate.phase1": "Evaluate phase 1"}
    job.add("plan", stages=[{"id": name, "title": title} for name, title in titles.items()])
    job.begin("train.phase1").add("note", "train.phase1", level="info", message="4 samples are too long.")
    lock = job.put("train-pd4wz").take_lock()
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("4")
        await looks_like(app, "train-start", "stages", "Train phase 1: knowledge", "Evaluate phase 1", "4 samples")
    os.close(lock)
