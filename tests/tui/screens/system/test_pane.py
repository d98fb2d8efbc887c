"""The keys of the System pane, on a machine whose driver fails in the middle of the session."""

from __future__ import annotations

import os
from collections.abc import Callable

import pynvml
import pytest
from textual.widgets import Button

from core.jobs.folder import JobFolder, JobStore
from core.jobs.spec import new_spec
from core.jobs.stop import CANCEL
from core.monitor.processes import ProcessReader, ProcessRow
from tests.core.system.fake_nvml import FakeNvml, gpu
from tests.tui.helpers import screen_text, shows, until
from tui.app import Workbench
from tui.screens.jobs.pane import JobsPane
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.system.pane import SystemPane

pytestmark = pytest.mark.slow


@pytest.fixture
def job() -> JobFolder:
    """A job that runs, as far as its lock says; the test holds it."""
    return JobStore().create(new_spec("train", "tests.core.jobs.work:run", {}, title="Train a student"))


def _fail(*_: object) -> tuple[ProcessRow, ...]:
    raise RuntimeError("no process table")


async def test_keys_and_a_driver_that_fails(
    machine: Callable[..., FakeNvml], job: JobFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    nvml = machine(gpu())
    rows = (
        ProcessRow(4300, "worker 0: train", True, "worker", job.id, "lena", 0.5, 2**30, None, (0,), 60),
        ProcessRow(977, "python", False, "foreign", None, "ann", 0.1, 2**30, 2**30, (0,), 60),
    )
    monkeypatch.setattr(ProcessReader, "read", lambda *_: rows)
    lock = job.take_lock()
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("1")
        await shows(app, "gpu 0 · L40S", "5 min ago", "graphs show 5 min", job.id, "enter Its job", "c Stop")
        pane = app.screen
        assert isinstance(pane, SystemPane)
        wanted = app.context.machine._wanted
        await pilot.press("plus")
        await shows(app, "30 min ago", "graphs show 30 min")
        await pilot.press("plus", "minus", "minus")
        await shows(app, "60 s ago")
        await pilot.press("m", "m", "m")
        await shows(app, "temperature 61 °C")

        await pilot.press("c")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await shows(app, f"Stop {job.id} (Train a student)?", "Stops all its processes")
        assert app.focused is not None
        assert app.focused.id == "cancel"
        await shows(app, "enter Cancel", "esc Cancel")
        assert app.screen.query_one("#stop", Button).variant == "error"
        await pilot.press("enter")
        await until(lambda: app.screen is pane)
        assert not (job.control / CANCEL).exists()
        await pilot.press("c", "tab", "enter")
        await until(lambda: (job.control / CANCEL).exists())

        nvml.error = pynvml.NVML_ERROR_DRIVER_NOT_LOADED
        await shows(app, "The NVIDIA driver does not answer: Driver Not Loaded")
        nvml.error = None
        await shows(app, "gpu 0 · L40S")

        monkeypatch.setattr(ProcessReader, "read", _fail)
        await shows(app, "An unexpected error", "processes · 0 of labtop")
        monkeypatch.setattr(ProcessReader, "read", lambda *_: rows)
        await shows(app, "worker 0: train", "c Stop")

        await pilot.press("down")
        await until(lambda: "c Stop" not in screen_text(app))
        await pilot.press("c", "enter")
        assert app.screen is pane, "another program's process is not ours to end"
        await pilot.press("up", "enter")
        await until(lambda: isinstance(app.screen, JobsPane))
        await until(lambda: not wanted.is_set(), "no reading while the pane is hidden")
        await pilot.press("1")
        await until(wanted.is_set)
    os.close(lock)
