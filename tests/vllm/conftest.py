"""The tests with real vLLM. They are collected only where `make test-vllm` names the interpreter that has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config.options.serve import BackendOptions
from core.serving.backends import model_server
from core.serving.lifecycle import Server
from core.serving.readiness import Attempt
from core.serving.supervisor import start_model
from tests.core.serving.tiny_model import make_adapter, make_tiny_model
from tests.with_torch import call_with_torch

PYTHON = os.environ.get("LABTOP_TEST_VLLM", "")

collect_ignore_glob = [] if PYTHON else ["test_*.py"]

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
    """The server that most tests share, and how its start was reported."""

    def __init__(self, server: Server, attempts: list[Attempt]) -> None:
        self.server = server
        self.attempts = attempts


@pytest.fixture(scope="session")
def served(granite: Path, adapter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A vLLM server with an adapter; started once, since that takes half a minute."""
    attempts: list[Attempt] = []
    values: dict[str, Any] = {"backend": "vllm", "vllm_python": PYTHON, "vllm_args": ARGUMENTS}
    options = BackendOptions(**values, lora=(f"birds={adapter}",))
    log_file = tmp_path_factory.mktemp("logs") / "vllm.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LABTOP_HOME", str(tmp_path_factory.mktemp("vllm-home")))
        for name, value in {**_environment(), "OMP_NUM_THREADS": "1"}.items():
            patch.setenv(name, value)
        planned = model_server(str(granite), options)
        server = start_model(planned, options, log_file=log_file, on_attempt=attempts.append)
    with server:
        yield Served(server, attempts)
