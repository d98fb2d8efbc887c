"""The Train pane: what is shown, stopping and resuming, other trainings over the charts, and checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from textual.widgets import Button

from core.jobs.control import cancel_requested
from core.jobs.folder import JobFolder, JobStore
from core.overview.training.charts import OWN
from tests.core.overview.training.jobs import SAMPLES_A_STEP, finished, stopped
from tests.tui.helpers import screen_text, shows, until
from tests.tui.screens.train.test_pictures import opened
from tui.app import Workbench
from tui.screens.forms.dialog import FormDialog
from tui.screens.jobs.pane import JobsPane
from tui.screens.shared.confirm import ConfirmDialog
from tui.screens.train.pane import TrainPane
from widgets.train.chart_tile import ChartTile


def shown_charts(pane: TrainPane) -> list[str]:
    return [tile.chart.name for tile in pane.query(ChartTile) if tile.chart is not None]


async def test_stop_says_what_is_kept(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("c")
        await shows(app, "2 checkpoints, 2 of them with a score, are kept.", "r resumes it after step 40")
        dialog = app.screen
        assert isinstance(dialog, ConfirmDialog)
        assert isinstance(dialog.focused, Button)
        assert str(dialog.focused.label) == "Keep running", "what enter presses"
        folder = JobFolder(JobStore().root / "train-pd4wz")
        await pilot.press("enter")
        await until(lambda: app.screen is pane)
        assert not cancel_requested(folder)
        await pilot.press("c", "tab", "enter")
        await until(lambda: cancel_requested(folder))
        await until(lambda: app.screen is pane)
        await pilot.press("c")
        await shows(app, "End it now", "The last request has not ended it yet.")


async def test_keys_apply_to_the_row_under_the_cursor(trainings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    resumed: list[str] = []

    def resume(folder: JobFolder, store: JobStore, environment: Mapping[str, str] | None = None) -> JobFolder:
        resumed.append(folder.id)
        return finished(1).put("train-u8ch3")

    monkeypatch.setattr("tui.screens.train.actions.resume", resume)
    app = Workbench()
    async with app.run_test(size=(140, 40)) as pilot:
        pane = await opened(app, pilot)
        await shows(app, "c Stop")
        assert "r Resume" not in screen_text(app)
        await pilot.press("down")
        await shows(app, "r Resume")
        assert "c Stop" not in screen_text(app)
        await pilot.press("r")
        await until(lambda: resumed == ["train-7mq2v"])
        await until(lambda: pane.shown is not None and pane.shown.spec.id == "train-u8ch3")
        await until(lambda: pane.runs.cursor_key == "train-u8ch3")


async def test_overlays_are_marked_with_space(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(140, 40), notifications=True) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("space")
        await shows(app, "This training is the one that is shown")
        await pilot.press("down", "down", "space")
        large = pane.grid.large
        await until(lambda: large.chart and OWN + 1 in {one.group for one in large.chart.series})
        await shows(app, "k3f9x", "1 over the charts")
        await pilot.press("enter")  # then it is shown itself
        await until(lambda: large.chart and {one.group for one in large.chart.series} == {0, OWN})
        await shows(app, "✓ succeeded after")
        await pilot.press("escape")
        await until(lambda: pane.shown is not None and pane.shown.spec.id == "train-pd4wz")
        await until(lambda: "over the charts" not in screen_text(app))


async def test_charts_by_size(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await until(lambda: shown_charts(pane) == ["loss"])
        await pilot.press("m")
        await until(lambda: shown_charts(pane) == ["lr"])
        await pilot.resize_terminal(140, 40)
        await until(lambda: len(shown_charts(pane)) > 4)
        assert shown_charts(pane)[:2] == ["lr", "loss"]
        await pilot.resize_terminal(180, 50)
        await until(lambda: len(shown_charts(pane)) == 8)
        await pilot.press(*"m" * 7)
        await until(lambda: shown_charts(pane)[0] == "loss")


async def test_checkpoints_are_served_and_evaluated(trainings: None, short_path: Path) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await opened(app, pilot)
        path = str(short_path / f"new/phase1/hf_format/samples_{SAMPLES_A_STEP * 40}")
        await until(lambda: pane.chosen_checkpoint is not None)
        pane.checkpoints.focus()
        await pilot.press("y")
        assert app.clipboard == path
        await pilot.press("enter")
        await shows(app, "Serve", "Chat", "Evaluate", "Copy path", "phase1/samples_640")
        await pilot.press("tab", "tab", "enter")
        await until(lambda: isinstance(app.screen, FormDialog))
        form = app.screen
        assert isinstance(form, FormDialog)
        assert form.form.spec.command == "evaluate"
        assert (form._texts["model"], form._texts["base_model"]) == (path, "/models/granite-7b-starter")
        await pilot.press("escape")
        await until(lambda: app.screen is pane)
        await pilot.press("enter", "enter")
        await until(lambda: isinstance(app.screen, FormDialog))
        serve = app.screen
        assert isinstance(serve, FormDialog)
        assert (serve.form.spec.command, serve._texts["model_path"]) == ("serve", path)


async def test_chat_with_a_checkpoint_serves_it(trainings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[str] = []
    monkeypatch.setattr(Workbench, "action_serve_here", lambda _, path: served.append(path))
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        await until(lambda: pane.chosen_checkpoint is not None)
        pane.checkpoints.focus()
        await pilot.press("enter", "tab", "enter")
        await until(lambda: served and app.pane is not None and app.pane.NAME == "chat")
        assert served[0].endswith("samples_640")


async def test_removed_checkpoint_is_only_named(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("end", "enter")
        await until(lambda: pane.update_of("train-k3f9x"))
        await shows(app, "✓ succeeded after", "removed")
        pane.checkpoints.focus()
        await pilot.press("home", "enter")
        await shows(app, "phase1/samples_640 was removed")
        assert app.screen is pane


async def test_log_and_steps(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(140, 40)) as pilot:
        pane = await opened(app, pilot)
        await pilot.press("l")
        await until(lambda: isinstance(app.screen, JobsPane) and app.screen.log_part.is_open)
        await pilot.press("alt+0")
        await until(lambda: app.pane is not None and app.pane.NAME == "home")
        await pilot.press("w")
        await until(lambda: app.screen is pane)
        assert pane.shown is not None
        assert pane.shown.spec.id == "train-pd4wz"


async def test_a_new_training_is_shown_while_none_is_chosen(trainings: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(app, pilot)
        stopped(3).put("train-zzzzz")
        await until(lambda: len(app.context.jobs) == 4)
        assert pane.shown is not None
        assert pane.shown.spec.id == "train-pd4wz", "the one that runs"
        await until(lambda: "trainings · 4" in screen_text(app))
        await app.action_show_training("train-zzzzz")
        await shows(app, "■ cancelled", "r resumes it")


async def test_new_points_are_drawn(trainings: None) -> None:
    job = JobFolder(JobStore().root / "train-pd4wz")
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot)
        await shows(app, "step 40/80")
        line = [line for line in job.events.read_text().splitlines() if '"metric"' in line][-1]
        with job.events.open("a") as stream:
            stream.write(line.replace('"step":40', '"step":41') + "\n")
        await shows(app, "step 41/80")


async def test_the_first_training_is_shown_when_it_starts(fixed_time: None) -> None:
    app = Workbench()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await shows(app, "No training yet.")
        stopped(3).put("train-zzzzz")
        await shows(app, "train-zzzzz", "■ cancelled", "step 30/80")
