"""What the workbench does when a job ends: message, bell, title."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core import paths
from core.jobs.launch import launch
from core.jobs.spec import new_spec
from tests.core.jobs.test_ended import job
from tests.tui.helpers import screen_text, shows, until
from tests.tui.terminal import COMMAND, Terminal, needs_terminal
from tests.waiting import wait_for, wait_until
from tui.app import Workbench


@pytest.mark.parametrize("bell", [True, False])
async def test_job_end_shows_a_message_and_rings(bell: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[bool] = []
    monkeypatch.setattr(Workbench, "bell", lambda _: rung.append(True))
    app = Workbench(bell=bell)
    monkeypatch.setattr(app._board, "read", lambda: app.context.jobs)
    app.context.jobs = (job(1, "failed"),)  # it ended before the workbench was opened
    async with app.run_test(size=(100, 30), notifications=True):
        for jobs in ((job(2, "running"), job(1, "failed")), (job(2, "running", seconds=246.0), job(1, "failed"))):
            app.context.jobs = jobs
            app.context.jobs_changed.publish(jobs)
        await shows(app, "▶")
        assert not rung
        scores = {"base": {"score": 0.25}, "tuned": {"score": 0.75}}
        app.context.jobs = (job(3, "cancelled"), replace(job(2, "succeeded"), result=scores), job(1, "failed"))
        app.context.jobs_changed.publish(app.context.jobs)
        await shows(app, "Train tiny was stopped", "Train tiny succeeded")
        await until(lambda: bool(rung) == bell)
        assert len(rung) == bell  # once, though two jobs ended
        assert "25.0%" not in screen_text(app)  # of those before the last only the titles


@needs_terminal
@pytest.mark.slow
@pytest.mark.parametrize("bell", [True, False])
def test_terminal_job_end_rings_and_changes_the_title(terminal: Terminal, tmp_path: Path, bell: bool) -> None:
    file = paths.current().config_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"version: 1\nworkbench:\n  bell: {str(bell).lower()}\n")
    options = {"do": "count", "steps": 5, "pause": 0.02, "until": str(tmp_path / "go")}
    folder = launch(new_spec("run", "tests.core.jobs.work:run", options, title="Count the steps"))
    wait_for(folder, "running")

    def title() -> str:
        return terminal.do("display-message", "-p", "#{pane_title}").strip()

    terminal.open("sh")
    terminal.keys("printf '\\033]2;mine\\007'; clear; echo ready", "Enter")
    terminal.shows("ready")
    wait_until(lambda: title() == "mine")
    terminal.keys(f"{COMMAND}; echo left", "Enter")
    terminal.shows("^q Quit", "▶1")
    wait_until(lambda: title() == "labtop: 1 job running")
    assert terminal.do("display-message", "-p", "#{window_bell_flag}").strip() == "0"
    (tmp_path / "go").touch()
    terminal.shows("Count the steps succeeded")
    wait_until(lambda: title() == "labtop")
    assert terminal.do("display-message", "-p", "#{window_bell_flag}").strip() == str(int(bell))
    terminal.keys("C-q")
    terminal.shows("left")
    wait_until(lambda: title() == "mine")
