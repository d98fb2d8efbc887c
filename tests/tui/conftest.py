"""For the tests of the faces: a chat endpoint in a process of its own, a terminal, and notes that stay."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from core.system.pulse import Pulse, PulseMeter
from tests.tui.helpers import NOW
from tests.tui.terminal import Terminal
from tests.waiting import wait_until


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    port_file = tmp_path / "port"
    server = subprocess.Popen([sys.executable, "-m", "tests.tui.screens.chat.server", str(port_file)])
    try:
        wait_until(port_file.exists)
        yield f"http://127.0.0.1:{port_file.read_text()}/v1"
    finally:
        server.kill()
        server.wait()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A folder whose path leaves room on the screen: that of `tmp_path` contains the test's name."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        yield Path(folder)


@pytest.fixture
def fixed_time() -> Iterator[None]:
    """It is always the same moment, in UTC."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "time", lambda: NOW)
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header shows the same load and time of day in every test."""
    pulse = Pulse("CPU", (0.1, 0.15, 0.3, 0.6, 0.55, 0.4, 0.25, 0.42), "14:02")
    monkeypatch.setattr(PulseMeter, "read", lambda _: pulse)
    monkeypatch.setattr("tui.watch.FIRST_PULSE_SECONDS", 0)


@pytest.fixture(autouse=True)
def lasting_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes stay until the next one: on a slow machine they would go before a test has looked."""
    notify = App.notify

    def stay(app: App[object], message: str, **options: Any) -> None:
        notify(app, message, **{**options, "timeout": 3600.0})

    monkeypatch.setattr(App, "notify", stay)
