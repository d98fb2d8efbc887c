"""`labtop model serve` with vLLM: a crash, a restart, and a stop that leaves nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from core.jobs.processes import child_environment, is_gone
from core.serving.client import list_models
from core.serving.listening import free_port
from tests.tui.cli.running import LABTOP
from tests.waiting import wait_until

START_SECONDS = 240.0
"""For a start on a busy machine; a quiet one takes 25 s."""


def engine(process: psutil.Process) -> psutil.Process:
    """vLLM's process that computes."""
    return next(each for each in process.children(recursive=True) if "EngineCor" in " ".join(each.cmdline()))


def test_serve_restarts_after_a_crash_and_stops(granite: Path, tmp_path: Path) -> None:
    port = free_port("127.0.0.1", 0)
    log = tmp_path / "serve.log"
    argv = [LABTOP, "model", "serve", "-m", str(granite), "-p", str(port), "--restart", "1", "--log-file", str(log)]
    with (tmp_path / "out").open("wb") as out, (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen([sys.executable, *argv], stdout=out, stderr=err, env=child_environment())
    try:
        wait_until(lambda: written(tmp_path).count("Press CTRL+C") == 1, START_SECONDS, "the start")
        assert "Back end: vllm" in written(tmp_path)
        killed = engine(psutil.Process(process.pid))
        left = psutil.Process(process.pid).children(recursive=True)
        killed.kill()
        wait_until(lambda: "Starting it again" in (tmp_path / "err").read_text(), 60, "the notice of the crash")
        error = (tmp_path / "err").read_text()
        assert "vLLM's engine, the process that computes, ended unexpectedly." in error
        assert all(map(is_gone, left))
        wait_until(lambda: written(tmp_path).count("Press CTRL+C") == 2, START_SECONDS, "the restart")
        assert list_models(f"http://127.0.0.1:{port}/v1")[0] == "granite-tiny"
        left = psutil.Process(process.pid).children(recursive=True)
        assert len(left) >= 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert all(map(is_gone, left))
    assert written(tmp_path).endswith("The server has ended.\n")


def written(folder: Path) -> str:
    return (folder / "out").read_text()
