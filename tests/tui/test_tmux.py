"""The installed command in a real terminal: tmux at 80x24."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.jobs.launch import launch
from core.jobs.observe import observe
from core.jobs.spec import new_spec
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

COMMAND = Path(sys.executable).with_name("labtop")


class Terminal:
    """One tmux server with one window."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux")

    def do(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def open(self, *command: str) -> None:
        passed = {name: value for name, value in os.environ.items() if name in ("HOME", "LABTOP_HOME", "PATH")}
        options = [option for name, value in passed.items() for option in ("-e", f"{name}={value}")]
        self.do("new-session", "-d", "-x", "80", "-y", "24", *options, "-e", "LC_ALL=C.UTF-8", *command)

    def keys(self, *keys: str) -> None:
        self.do("send-keys", *keys)

    def text(self) -> str:
        return self.do("capture-pane", "-p")

    def shows(self, *texts: str) -> None:
        wait_until(lambda: all(text in self.text() for text in texts), what=f"{texts} on the screen")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    subprocess.run(["tmux", "-S", str(tmp_path / "tmux"), "kill-server"], check=False, capture_output=True)


@pytest.mark.skipif(not COMMAND.exists(), reason="labtop is not installed beside this Python")
def test_a_session_at_a_terminal(terminal: Terminal, tmp_path: Path) -> None:
    options = {"do": "count", "steps": 60, "pause": 0.02, "until": str(tmp_path / "go")}
    job = launch(new_spec("run", "tests.core.jobs.work:run", options, title="Count the steps"))
    wait_until(lambda: observe(job).status == "running")
    terminal.open("sh")
    terminal.keys(f"{COMMAND}; echo left with $?", "Enter")
    terminal.shows("1 System", "2 Taxonomy", "6 Chat", "8 Jobs", "1 job runs", "running", "Count the steps", "^q Quit")
    terminal.shows("60/60 steps")
    terminal.keys("1")
    terminal.shows("Processor", "Memory")
    terminal.keys("2")
    terminal.shows("There is no leaf in")
    terminal.keys("8")
    terminal.shows("Count the steps")
    terminal.keys("F1")
    terminal.shows("Every long task is a job")
    terminal.keys("Escape")
    terminal.shows("Stop")
    assert all(len(line) <= 80 for line in terminal.text().splitlines())
    terminal.keys("C-q")
    terminal.shows(f"{job.id} goes on", "left with 0")
    assert observe(job).status == "running"
    (tmp_path / "go").touch()
    wait_until(lambda: observe(job).status == "succeeded")
