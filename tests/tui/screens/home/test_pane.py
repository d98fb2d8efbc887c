"""The Home pane: its cards, and how little it draws."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.widgets import Static

from core.jobs.observe import observe
from core.setup.first_run import write_settings
from tests.core.overview.jobs import FakeJob, model_folder
from tests.core.taxonomy.leaves import commit_all, skill, write
from tests.tui.helpers import shows, until
from tui.app import Workbench
from tui.screens.evaluate.pane import EvaluatePane
from tui.screens.home.pane import HomePane
from tui.screens.home.readings import job_to_show
from tui.screens.jobs.pane import JobsPane
from tui.screens.taxonomy.pane import TaxonomyPane
from tui.screens.train.pane import TrainPane


async def test_cards_open_their_panes(tmp_path: Path) -> None:
    taxonomy = tmp_path / "taxonomy"
    write(taxonomy / "compositional_skills/writing/letters/qna.yaml", skill())
    commit_all(taxonomy, "Add letters")
    FakeJob("evaluate", 4_000).stage("evaluate").end().write("evaluate-first")
    job = FakeJob("train", 60, {"phases": {"model_path": "/m"}}).start("train.phase1")
    lock = job.write("train-k3f9x").take_lock()
    app = Workbench(taxonomy_path=taxonomy, taxonomy_base="main")
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "running", "Watch train-k3f9x", "taxonomy on main", "Add letters")
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, TaxonomyPane))
        await pilot.press("0", "right", "right", "enter")
        await until(lambda: isinstance(app.screen, TrainPane))
        await until(lambda: app.screen.shown.spec.id == "train-k3f9x")  # type: ignore[attr-defined]
        await pilot.press("0", "left", "tab", "tab", "enter")  # from Train to Data, then to Evaluate
        await until(lambda: isinstance(app.screen, EvaluatePane))
    os.close(lock)


async def test_home_draws_only_what_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path / "config.yaml", {})
    app = Workbench(taxonomy_path=tmp_path / "none", settings_file=tmp_path / "config.yaml")
    drawn: list[str | None] = []
    update = Static.update

    def counted(part: Static, *arguments: object, **options: object) -> None:
        drawn.append(part.id)
        update(part, *arguments, **options)  # type: ignore[arg-type]

    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.screen
        assert isinstance(pane, HomePane)
        await shows(app, "Nothing is running", "Create a taxonomy", "RAM")
        app.context.machine.unwatch(pane._post_reading)
        await pilot.pause()
        monkeypatch.setattr(Static, "update", counted)
        pane._paint()
        assert drawn == []
        model_folder(tmp_path / "model")
        result = {"best": str(tmp_path / "model"), "score": 0.9, "stderr": 0.05, "n": 80}
        FakeJob("train", 60).stage("train.phase1").end(result=result).write("train-k3f9x")
        await shows(app, "best model · model", "90.0% ±5.0", "succeeded train-k3f9x")
        assert {"step-train", "home-best", "home-recent", "home-next"} <= set(drawn)
        assert not {"step-taxonomy", "home-machine"} & set(drawn)
        painted = pane._painted
        pane.readings_changed()
        pane.readings_changed()
        await until(lambda: pane._painted > painted)
        assert pane._painted - painted >= 0.5


async def test_home_draws_nothing_while_it_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path / "config.yaml", {})
    app = Workbench(taxonomy_path=tmp_path / "none", settings_file=tmp_path / "config.yaml")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.screen
        assert isinstance(pane, HomePane)
        await shows(app, "Nothing is running", "RAM")
        await pilot.press("8")
        await until(lambda: isinstance(app.screen, JobsPane))
        drawn: list[object] = []
        with monkeypatch.context() as patch:
            patch.setattr(pane.job_panel, "show", lambda *_: drawn.append(1))
            job = FakeJob("train", 60).start("train.phase1")
            lock = job.write("train-k3f9x").take_lock()
            await until(lambda: len(app.context.jobs) == 1 and pane._missed)
            assert drawn == []
        await pilot.press("0")
        await shows(app, "train-k3f9x", "running")
        os.close(lock)


async def test_home_opened_again_shows_what_is_so_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_settings(tmp_path / "config.yaml", {})
    job = FakeJob("train", 60).start("train.phase1")
    folder = job.write("train-k3f9x")
    lock = folder.take_lock()
    app = Workbench(taxonomy_path=tmp_path / "none", settings_file=tmp_path / "config.yaml")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.screen
        assert isinstance(pane, HomePane)
        await shows(app, "Watch train-k3f9x", "RAM")
        await pilot.press("8")
        await until(lambda: isinstance(app.screen, JobsPane))
        await until(lambda: pane._missed)
        job.add("progress", "train.phase1", done=640, total=1920, unit="samples").append_to(folder)
        await until(lambda: app.context.jobs[0].progress is not None)
        monkeypatch.setattr("tui.screens.home.pane.PAINT_SECONDS", 1_000.0)  # no second update is due in this test
        await pilot.press("0")
        await shows(app, "running 33%", " 33%")
    os.close(lock)


def test_last_job_is_the_one_that_ended_last() -> None:
    long = FakeJob("quickstart", 100).stage("generate")
    for _ in range(80):
        long.add("note", level="info", message="x")
    ended = long.end().write("quickstart-long")
    short = FakeJob("generate", 60).stage("generate").end("failed", error="no").write("generate-short")
    jobs = [observe(short), observe(ended)]  # the newest first
    assert (shown := job_to_show(jobs)) is not None and shown.spec.id == "quickstart-long"
    assert job_to_show([]) is None
