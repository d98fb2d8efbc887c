"""A chat endpoint in a process of its own, for the panes that talk to one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.waiting import wait_until


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    port_file = tmp_path / "port"
    server = subprocess.Popen([sys.executable, "-m", "tests.tui.chat_server", str(port_file)])
    try:
        wait_until(port_file.exists)
        yield f"http://127.0.0.1:{port_file.read_text()}/v1"
    finally:
        server.kill()
        server.wait()
