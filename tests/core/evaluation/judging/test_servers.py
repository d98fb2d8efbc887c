"""Sessions that start servers: how many, and which ones they use that run already."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.serving.lifecycle import Server
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry
from tests.core.evaluation.judging.helpers import checkpoints, local_session, run

pytestmark = pytest.mark.slow

CHECKPOINTS = 10


def test_ten_checkpoints_and_one_judge_start_servers(tiny_model: Path, tmp_path: Path) -> None:
    models = checkpoints(tiny_model, tmp_path, CHECKPOINTS)
    result, started = run(local_session(tmp_path, models))
    assert started == [*(model.name for model in models), BUILTIN_TEACHER]
    assert len(started) == CHECKPOINTS + 1
    assert [score.overall.n for score in result.scores] == [4] * CHECKPOINTS
    assert ServerRegistry().read() == []
    again, started = run(local_session(tmp_path, models))
    assert started == []
    assert again.scores == result.scores


def test_running_server_is_used(tiny_model: Path, tiny_server: Server, tmp_path: Path) -> None:
    record = tiny_server.record
    assert record is not None
    registry = ServerRegistry()  # of this test's home; the server was started in another one
    registry.root.mkdir(parents=True)
    shutil.copy(tiny_server.registry.file(record), registry.file(record))
    result, started = run(local_session(tmp_path, [tiny_model]))
    assert started == [BUILTIN_TEACHER]
    assert result.scores[0].overall.n == 4
