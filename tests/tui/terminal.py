"""A real terminal for the installed command: tmux at 80x24."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import wait_until

COMMAND = Path(sys.executable).with_name("labtop")

needs_terminal = pytest.mark.skipif(
    shutil.which("tmux") is None or not COMMAND.exists(), reason="tmux or labtop is not installed"
)

PASSED = ("HOME", "LABTOP_HOME", "PATH", "PYTHONPATH", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "EDITOR")
"""Variables that the command in the terminal gets; tmux itself is a server with an environment of its own."""


class Terminal:
    """One tmux server with one window."""

    def __init__(self, folder: Path) -> None:
        self._socket = str(folder / "tmux")

    def do(self, *arguments: str) -> str:
        command = ["tmux", "-S", self._socket, "-f", "/dev/null", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def open(self, *command: str) -> None:
        passed = {name: value for name, value in os.environ.items() if name in PASSED}
        options = [option for name, value in passed.items() for option in ("-e", f"{name}={value}")]
        self.do("new-session", "-d", "-x", "80", "-y", "24", *options, "-e", "LC_ALL=C.UTF-8", *command)

    def keys(self, *keys: str) -> None:
        self.do("send-keys", *keys)

    def type(self, text: str) -> None:
        """Characters as they are, none of them a key's name."""
        self.do("send-keys", "-l", text)

    def text(self) -> str:
        return self.do("capture-pane", "-p")

    def shows(self, *texts: str) -> None:
        try:
            wait_until(lambda: all(text in self.text() for text in texts), what=f"{texts} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}; the screen shows\n{self.text()}") from None

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False, capture_output=True)
