"""A tiny model, a server for it, and a tiny student, shared by the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.quickstart.student import StudentShape, make_student
from core.serving.lifecycle import Server, start_server
from tests.core.serving.tiny_model import make_tiny_model
from tests.core.training.conftest import ROWS
from tests.with_torch import made_once


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "Tiny-1.0", make_tiny_model)


@pytest.fixture(scope="session")
def tiny_server(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log_file = tmp_path_factory.mktemp("logs") / "server.log"
    with start_server(tiny_model, log_file=log_file, threads=1, ready_seconds=180) as server:
        yield server
    assert "Traceback" not in log_file.read_text()


@pytest.fixture(scope="session")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of one layer, for tests of what is known before a training."""
    shape = StudentShape(vocabulary=420, hidden=32, intermediate=48, layers=1, positions=128)
    texts = [text for row in ROWS for text in row]
    return made_once(tmp_path_factory, "tiny-student", make_student, texts, seed=1, shape=shape)
