"""A job watched in a real terminal that closes in the middle: Home, its log, the way back, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.launch import launch
from core.jobs.observe import observe
from core.jobs.spec import new_spec
from tests.tui.terminal import COMMAND, Terminal, needs_terminal
from tests.waiting import wait_for, wait_until

pytestmark = [needs_terminal, pytest.mark.slow]


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    """Two, since a server that is closing still answers on its socket."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    both = Terminal(tmp_path / "first"), Terminal(tmp_path / "second")
    yield both
    for one in both:
        one.close()


def test_terminal_closes_and_comes_back_to_a_running_job(terminals: tuple[Terminal, Terminal], tmp_path: Path) -> None:
    terminal, again = terminals
    options = {"do": "count", "steps": 60, "pause": 0.02, "until": str(tmp_path / "go")}
    job = launch(new_spec("run", "tests.core.jobs.work:run", options, title="Count the steps"))
    wait_for(job, "running")
    terminal.open(str(COMMAND))
    terminal.shows("0Home", "next step", f"Watch {job.id}", "Count is running")
    terminal.keys("w")
    terminal.shows(f"{job.id} · ▶ running", "loss")
    terminal.keys("l", "/")
    terminal.type("Count: started")
    terminal.keys("Enter")
    terminal.shows("1 of 1")
    terminal.close()
    assert observe(job).status == "running"

    terminal = again
    terminal.open(str(COMMAND))
    terminal.shows(f"Watch {job.id}")
    terminal.keys("8")
    terminal.shows("60/60 steps", "Count: started")
    (tmp_path / "go").touch()
    terminal.shows("✓ succeeded", "Count: done after", "job succeeded")
    wait_until(lambda: terminal.do("display-message", "-p", "#{window_bell_flag}").strip() == "1", what="the bell")
    terminal.keys("M-0")
    terminal.shows("last job", f"succeeded {job.id}")
    terminal.keys("C-q")
