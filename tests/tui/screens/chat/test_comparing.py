"""Several models side by side, and the servers that the Chat pane finds, loses and starts."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from core import paths
from core.jobs.control import cancel
from core.jobs.folder import JobStore
from core.serving.registry import ServerRegistry
from tests.core.overview.jobs import FakeJob
from tests.ports import free_port
from tests.tui.helpers import screen_text, shows, until
from tests.waiting import wait_until
from tui.app import Workbench
from tui.screens.chat.pane import ChatPane

pytestmark = pytest.mark.slow


def pane_of(app: Workbench) -> ChatPane:
    pane = app.panes["chat"]
    assert isinstance(pane, ChatPane)
    return pane


def start_server(port_file: Path, *port: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.tui.screens.chat.server", str(port_file), *port])


async def choose_two(app: Workbench, pilot: Pilot[Any], *keys: str) -> None:
    """Compare both models of the endpoint."""
    await pilot.press("escape", "vertical_line")
    await shows(app, "Compare: mark two to four", "tiny-student", "tiny-base")
    await pilot.press("space", "enter")
    await shows(app, "Mark two to four models with space.")
    await pilot.press("down", "space")
    await shows(app, "Compare 2 models", "A tiny-student", "B tiny-base")
    await pilot.press(*keys, "enter")
    await until(lambda: pane_of(app).is_comparing)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_two_models_answer_side_by_side_and_the_vote_is_kept(endpoint: str, size: tuple[int, int]) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await choose_two(app, pilot)
        await shows(app, "Question to 2 models", "no votes yet")
        await pilot.press(*"why", "enter")
        await shows(app, "A tiny-student", "B tiny-base", "tiny-student heard 1", "tiny-base heard 1", "esc, then vote")
        await pilot.press("escape", "B")
        await shows(app, "The best answer.", "1 vote: tiny-base 1, tiny-student 0")
        (vote,) = map(json.loads, (paths.current().data_dir / "votes.jsonl").read_text().splitlines())
        assert (vote["verdict"], vote["question"], vote["blind"]) == ("B", "why", False)
        assert "tiny-base" in vote["answers"][1]["text"]
        await pilot.press(*"so", "enter")
        await shows(app, "tiny-student heard 3", "tiny-base heard 3")
        await until(lambda: pane_of(app).can_vote)
        await pilot.press("escape", "T")
        await shows(app, "2 votes: tiny-base 1, tiny-student 0, equal 1")
        await pilot.press("escape", "vertical_line")
        await until(lambda: "heard" not in screen_text(app))
        await shows(app, "tiny-student, 2 served")


async def test_hidden_names_are_shown_by_the_vote(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await choose_two(app, pilot, "b")
        await pilot.press(*"slow", "enter")
        await shows(app, "names hidden", "again again")
        assert "tiny-" not in screen_text(app)
        await pilot.press("escape")
        await until(lambda: pane_of(app).can_vote)
        await pilot.press("escape", "X")
        await shows(app, "None of them is good.", "tiny-base", "tiny-student")
        vote = json.loads((paths.current().data_dir / "votes.jsonl").read_text())
        assert vote["blind"]
        assert all(each["text"].startswith("again") for each in vote["answers"])


async def test_one_model_that_fails_does_not_stop_the_other(endpoint: str) -> None:
    app = Workbench(base_url=endpoint)
    async with app.run_test(size=(140, 40)) as pilot:
        await pilot.press("6")
        await shows(app, "tiny-student")
        await choose_two(app, pilot)
        await pilot.press(*"fail", "enter")
        await until(lambda: screen_text(app).count("the model fell over") == 2 and pane_of(app)._reply is None)
        assert not pane_of(app).can_vote


async def test_a_model_and_another_endpoint_are_chosen(endpoint: str) -> None:
    app = Workbench(base_url="http://127.0.0.1:9/v1")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("6")
        await shows(app, "No server answers")
        await pilot.press("escape", "M")
        await shows(app, "No server runs")
        await pilot.press("tab", *"http://127.0.0.1:9", "enter")
        await shows(app, "No models are listed at http://127.0.0.1:9/v1")
        await pilot.press(*["backspace"] * 30, *endpoint.removesuffix("/v1"), "enter")
        await shows(app, "tiny-student", "tiny-base")
        await pilot.press("down", "enter")
        await shows(app, "tiny-base, 2 served", endpoint)
        await until(lambda: "No server answers" not in screen_text(app))


async def test_a_server_that_ends_is_noticed_and_used_again(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    port = str(free_port())
    server = start_server(port_file, port)
    try:
        wait_until(port_file.exists)
        app = Workbench(base_url=f"http://127.0.0.1:{port}/v1")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("6")
            await shows(app, "tiny-student")
            await pilot.press(*"hello", "enter")
            await shows(app, "heard 1 turns")
            server.kill()
            server.wait()
            await shows(app, "has ended. The conversation is", "no model yet", "heard 1 turns")
            server = start_server(port_file, port)
            await until(lambda: "has ended" not in screen_text(app) and "tiny-student" in screen_text(app))
            await pilot.press(*"again", "enter")
            await shows(app, "heard 3 turns")
    finally:
        server.kill()
        server.wait()


async def test_the_best_model_is_served_by_one_key(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_SERVE_PORT", "0")  # another test may take the usual port between choice and start
    job = FakeJob("train", 4_000).stage("train.phase1").end(result={"best": str(tiny_model), "checkpoints": []})
    job.write("train-abcde")
    app = Workbench(base_url=f"http://127.0.0.1:{free_port()}/v1")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await pilot.press("6")
        await shows(app, "No server answers", f"enter: serve the best model, {tiny_model.name}", "enter Serve the best")
        await pilot.press("enter")
        try:
            await shows(app, f"Serving {tiny_model.name}", f"{tiny_model.name}  at http://127.0.0.1:")
            await until(lambda: "No server answers" not in screen_text(app))
            await pilot.press(*"the dome", "enter")
            await until(lambda: len(pane_of(app)._session.turns) == 2)
            await pilot.press("escape", "vertical_line")
            await shows(app, "best model")
        finally:
            for served in ServerRegistry().read():
                await asyncio.to_thread(cancel, JobStore().find(served.job or ""))
