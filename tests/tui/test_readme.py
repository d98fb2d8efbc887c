"""The README's pictures, drawn by the program from a recorded quickstart. `make pictures` writes them."""

from __future__ import annotations

import html
import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.events import Event
from core.jobs.folder import JobFolder
from core.quickstart.options import quickstart_spec
from core.quickstart.sandbox import Sandbox, make_sandbox
from tests.core.jobs.recordings import recorded
from tests.core.jobs.written import write_job
from tests.tui.helpers import shows
from tests.tui.picture import UPDATE
from tests.tui.screens.home.conftest import machine  # noqa: F401
from tui.app import Workbench

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("machine")]

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
SIZE = (132, 38)


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return make_sandbox(tmp_path / "labtop-quickstart")


def job(sandbox: Sandbox, events: list[Event]) -> JobFolder:
    """The folder of a quickstart that has reported these events until now."""
    late = time.time() - events[-1].time
    events = [replace(event, time=event.time + late) for event in events]
    spec = replace(quickstart_spec(sandbox.root, short=True), id="quickstart-k3f9x", created=events[0].time)
    return write_job(spec, events, events[-1].t)


async def shown_in_readme(
    app: Workbench, name: str, *words: str, page: str = "README.md", shown_as: tuple[str, str] = ("", "")
) -> None:
    """Wait for the words; then write the picture if asked, or else check that the written one has the words, too.

    `shown_as` replaces a text that differs between runs by one of the same length.
    """
    await shows(app, *words)
    file = FOLDER / f"{name}.svg"
    if os.environ.get(UPDATE):
        file.parent.mkdir(exist_ok=True)
        drawn = app.export_screenshot(title=f"labtop: {name}")
        file.write_text(drawn.replace(*shown_as) if shown_as[0] else drawn, encoding="utf-8")
    written = html.unescape(re.sub(r"<[^>]*>", "", file.read_text(encoding="utf-8"))).replace("\xa0", " ")
    missing = [word for word in words if word not in written]
    assert not missing, f"{file.name} does not show {missing}: run make pictures"
    assert f"pictures/{file.name}" in (ROOT / page).read_text(encoding="utf-8")


async def test_pictures_of_a_running_quickstart(sandbox: Sandbox) -> None:
    events = recorded("quickstart-short")
    middle = next(event.seq for event in events if event.type == "metric" and event.stage == "train.phase2")
    lock = job(sandbox, events[: middle + 40]).take_lock()
    app = Workbench(taxonomy_path=sandbox.taxonomy, taxonomy_base="main")
    try:
        async with app.run_test(size=SIZE):
            await shown_in_readme(
                app, "home", "2 Taxonomy", "Train phase 2: skills", "best model", "grad norm", "step 6"
            )
    finally:
        os.close(lock)


async def test_pictures_of_a_finished_quickstart(sandbox: Sandbox) -> None:
    job(sandbox, recorded("quickstart-short"))
    app = Workbench(taxonomy_path=sandbox.taxonomy, taxonomy_base="main")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("8")
        await shown_in_readme(app, "jobs", "quickstart-k3f9x", "base", "tuned")
        await pilot.press("2", "slash", *"vellan", "enter", "down", "enter", "f6")
        await shown_in_readme(app, "taxonomy", "vellan_observatory", "seed_examples")
