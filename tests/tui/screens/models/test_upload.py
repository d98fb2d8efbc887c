"""Uploading from the Models pane to a real registry on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import paths
from core.models.upload.destination import parse_destination
from core.models.upload.oci import existing
from tests.core.models.download.hub import write_model
from tests.core.models.download.registry import Registry, docker_registry
from tests.tui.helpers import shows, until
from tui.app import Workbench
from tui.screens.forms.dialog import FormDialog
from tui.screens.models.pane import ModelsPane
from tui.screens.shared.confirm import ConfirmDialog

pytestmark = pytest.mark.slow


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with docker_registry(tmp_path / "registry") as registry:
        yield registry


async def test_upload_asks_before_it_replaces_a_release(registry: Registry) -> None:
    write_model(paths.current().models_dir / "tuned", 400_000)
    to = f"docker://{registry.host}/lab/tuned"
    before = registry.push("lab/tuned", "latest", {"config.json": b"{}"})
    app = Workbench()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("7")
        await shows(app, "tuned")
        pane = app.screen
        assert isinstance(pane, ModelsPane)
        for answer in ("escape", "tab"):
            await pilot.press("p")
            await until(lambda: isinstance(app.screen, FormDialog))
            if answer == "escape":
                await pilot.press("tab", *to)
            await shows(app, "ready to start")
            await pilot.press("enter")
            await until(lambda: isinstance(app.screen, ConfirmDialog))
            await shows(app, "already has the release")
            await pilot.press(*([answer] if answer == "escape" else [answer, "enter"]))
            await until(lambda: app.screen is pane)
            if answer == "escape":
                assert not app.context.jobs
        await shows(app, "Upload tuned succeeded")
        assert existing(parse_destination(to, None, None)) not in (None, before)
