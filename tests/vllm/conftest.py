"""The tests with real vLLM. They are collected only where `make test-vllm` names the interpreter that has it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.jobs.processes import child_environment, end_tree
from core.serving.listening import free_port
from tests.core.serving.tiny_model import make_adapter, make_tiny_model
from tests.tui.cli.running import LABTOP
from tests.waiting import wait_until
from tests.with_torch import call_with_torch

PYTHON = os.environ.get("LABTOP_TEST_VLLM", "")

collect_ignore_glob = [] if PYTHON else ["test_*.py"]

START_SECONDS = 300.0
"""For a start on a busy machine; a quiet one takes 25 s."""

ARGUMENTS = ("--enforce-eager", "--dtype", "float32")
"""Compiling takes minutes; float32 is comparable with the embedded server."""


@pytest.fixture(autouse=True)
def vllm_environment(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small cache, and vLLM by the settings' variables, as a user would set them."""
    for name, value in _environment().items():
        monkeypatch.setenv(name, value)


def _environment() -> dict[str, str]:
    return {
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "LABTOP_VLLM_PYTHON": PYTHON,
        "LABTOP_SERVE_BACKEND": "vllm",
        "LABTOP_SERVE_VLLM_ARGS": " ".join(ARGUMENTS),
    }


@pytest.fixture(scope="session")
def granite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with Granite's architecture; vLLM's kernels for the processor need heads of 32 or more."""
    return call_with_torch(make_tiny_model, tmp_path_factory.mktemp("models") / "granite-tiny", width=128, context=8192)


@pytest.fixture(scope="session")
def adapter(granite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return call_with_torch(make_adapter, tmp_path_factory.mktemp("adapters") / "birds", granite)


class Served:
    """`labtop model serve` with vLLM, an adapter and one restart, and what it prints."""

    def __init__(self, folder: Path, granite: Path, adapter: Path) -> None:
        self._folder = folder
        port = free_port("127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{port}/v1"
        argv = [sys.executable, LABTOP, "model", "serve", "-m", str(granite), "-p", str(port), "--restart", "1"]
        argv += ["--lora", f"birds={adapter}", "--log-file", str(folder / "log"), "--", "--max-num-seqs", "8"]
        home = {"LABTOP_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=child_environment(_environment() | home)
            )

    @property
    def output(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def messages(self) -> str:
        return (self._folder / "err").read_text()

    @property
    def tree(self) -> list[psutil.Process]:
        """Its processes: labtop's own ones and vLLM's."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def wait_ready(self, times: int) -> None:
        """Wait until it was ready so many times."""

        def ready() -> bool:
            assert self.process.poll() is None, self.messages
            return self.output.count("Press CTRL+C") == times

        wait_until(ready, START_SECONDS, f"start {times}")


@pytest.fixture(scope="session")
def served(granite: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Started once, since that takes half a minute."""
    served = Served(tmp_path_factory.mktemp("served"), granite, adapter)
    try:
        served.wait_ready(1)
        yield served
    finally:
        end_tree(served.process.pid, grace_seconds=0)
        served.process.wait()
