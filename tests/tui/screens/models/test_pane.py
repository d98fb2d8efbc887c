"""The Models pane, over folders of models and of jobs that were never run."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core import paths
from core.jobs.processes import child_environment
from core.models.fit import MachineMemory
from core.serving.argv import embedded_plan
from core.serving.registry import ServerRegistry
from tests.core.models.download.hub import write_model
from tests.core.overview.jobs import FakeJob
from tests.tui.helpers import screen_text, shows, until
from tests.tui.picture import both_sizes, looks_like
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane
from tui.screens.forms.dialog import FormDialog
from tui.screens.models.pane import ModelsPane
from tui.screens.shared.confirm import ConfirmDialog

MADE = 1_790_000_000.0
"""Seconds since 1970."""

URL = "http://127.0.0.1:8055/v1"


@pytest.fixture(autouse=True)
def machine(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One GPU, and a home with a path of a fixed length."""
    monkeypatch.setenv("LABTOP_HOME", str(short_path))
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr("core.overview.models.read_machine_memory", lambda: MachineMemory((80 * 2**30,), 512 * 2**30))


def add_models() -> None:
    roots = paths.current()
    write_model(roots.models_dir / "granite-7b-starter", 4_000_000)
    write_model(roots.models_dir / "student", 300_000)
    write_model(roots.phased_dir / "phase2/checkpoints/hf_format/samples_4492", 800_000)
    damaged = roots.models_dir / "half"
    write_model(damaged)
    os.truncate(damaged / "model.safetensors", 1_000)
    adapter = roots.models_dir / "skills-adapter-v3"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    begun = roots.models_dir / ".downloads" / "ibm--granite" / "files"
    begun.mkdir(parents=True)
    (begun / ".model.safetensors.part").write_bytes(bytes(100_000))
    for path in [*roots.models_dir.rglob("*"), *roots.phased_dir.rglob("*")]:
        os.utime(path, (MADE, MADE))


def serve(model: Path) -> subprocess.Popen[bytes]:
    """A process that is in the registry as the server of a model."""
    process = subprocess.Popen(["sleep", "600"], start_new_session=True, env=child_environment())
    registry = ServerRegistry()
    server = registry.add(process.pid, embedded_plan(str(model)), Path("/log"), "serve")
    assert server is not None
    registry.set_ready(replace(server, parent_ticks=1), URL, [model.name])  # its parent has ended: it is not the test
    return process


@both_sizes
async def test_pictures(size: tuple[int, int]) -> None:
    add_models()
    app = Workbench()
    async with app.run_test(size=size) as pilot:
        await pilot.press("7")
        await shows(app, "half")
        await pilot.press("down", "down")
        shown_as = {str(paths.current().cache_dir.parent): "/home/le/labtop"[:15]}
        assert {len(text) for text in (*shown_as, *shown_as.values())} == {15}, "the length of a short path"
        await looks_like(
            app, "models", "half", "damaged", "75 k parameters", "fits 1 GPU", "! 4 needed", shown_as=shown_as
        )
        await pilot.press("tab")
        await looks_like(app, "models-catalog", "no; enter downloads it", "1.5", shown_as=shown_as)


async def test_what_is_served_is_chatted_with_and_stopped() -> None:
    add_models()
    model = paths.current().models_dir / "student"
    process = serve(model)
    failed = FakeJob("download", 30, {"sources": [], "models_dir": "/m"}).end("failed", error="The network is gone.")
    failed.write("download-aaaaa")
    app = Workbench()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("7")
        await shows(app, "1 server", "1 transfer", URL, "failed: The network is gone.", "served")
        pane = app.screen
        assert isinstance(pane, ModelsPane)
        await pilot.press("shift+tab", "down")
        await shows(app, "r Resume", "download-aaaaa")
        await pilot.press("up")
        await shows(app, "c Stop", "started by", "names")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, ChatPane))
        assert (app.context.base_url, app.context.model) == (URL, "student")
        await pilot.press("alt+7", "c")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("tab", "enter")
        await until(lambda: process.poll() is not None)
        await until(lambda: "1 server" not in screen_text(app))


async def test_models_are_removed_downloaded_and_served() -> None:
    add_models()
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("7")
        await shows(app, "phase2/samples_4492", "x Remove")
        pane = app.screen
        assert isinstance(pane, ModelsPane)
        await pilot.press("o")
        await until(lambda: "samples_4492" not in screen_text(app))
        await pilot.press("o")
        await shows(app, "phase2/samples_4492")

        pane.here.move_to_key(str(paths.current().models_dir / "half"))
        await pilot.press("enter")
        await shows(app, "damaged or truncated. Download or copy")
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await shows(app, "Delete half (", "Nothing of labtop uses it now")
        await pilot.press("tab", "enter")
        await until(lambda: not (paths.current().models_dir / "half").exists())
        await shows(app, "Deleted half; ")

        await pilot.press("tab", "s")
        await shows(app, "granite-3.1-8b-starter-v2.1 is not on this machine")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, FormDialog))
        await shows(app, "Download models", "labtop model download --repository granite-3.1-8b-starter-v2.1")
        await pilot.press("escape")
        await until(lambda: app.screen is pane)
        pane.here.focus()
        pane.here.move_to_key(str(paths.current().models_dir / "student"))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, FormDialog))
        await shows(app, "Serve a model", "student")
        await pilot.press("escape", "p")
        await until(lambda: isinstance(app.screen, FormDialog))
        await shows(app, "Upload a model", "destination")


async def test_model_that_a_job_uses_is_kept() -> None:
    add_models()
    model = paths.current().models_dir / "student"
    lock = FakeJob("train", 60, {"phases": {"model_path": str(model)}}).start("train").write("train-k3f9x").take_lock()
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.press("7")
        await shows(app, "student")
        pane = app.screen
        assert isinstance(pane, ModelsPane)
        pane.here.move_to_key(str(model))
        await pilot.press("x")
        await shows(app, "student is in use by job train-k3f9x")
        assert model.exists()
    os.close(lock)


async def test_filter_applies_to_all_lists() -> None:
    add_models()
    app = Workbench()
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("7")
        await shows(app, "half", "skills-adapter-v3", "/ Filter")
        await pilot.press("slash", *"CHECKPOINT", "enter")
        await shows(app, "samples_4492", "/checkpoint", "No model matches the filter", "esc Show all")
        assert "granite" not in screen_text(app)
        pane = app.screen
        assert isinstance(pane, ModelsPane)
        assert pane.focused is pane.here
        await pilot.press("slash", *" of nothing", "escape")
        await shows(app, "granite-7b-starter", "half")
        await pilot.press("slash", *"half", "enter", "escape")
        await shows(app, "granite-7b-starter")


async def test_reason_of_a_failed_transfer_can_be_read_whole() -> None:
    add_models()
    reason = " ".join(f"word-{number}" for number in range(60)) + " the last one."
    failed = FakeJob("download", 30, {"sources": [], "models_dir": "/m"}).end("failed", error=reason)
    failed.write("download-aaaaa")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("7")
        await shows(app, "failed: word-0", "half")
        await pilot.press("shift+tab")
        await shows(app, "word-59 the last one.")
