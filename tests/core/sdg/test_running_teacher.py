"""A teacher that a server of labtop serves already is used, in place of a second copy of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.sdg.job import running_teacher
from core.serving.lifecycle import start_server
from core.serving.names import BUILTIN_TEACHER

pytestmark = pytest.mark.slow


def test_running_teacher(tmp_path: Path) -> None:
    assert running_teacher("/models/teacher") is None
    with start_server(BUILTIN_TEACHER, log_file=tmp_path / "log", served_name="/models/teacher") as server:
        assert running_teacher("/models/teacher") == server.base_url
        assert running_teacher("/models/other") is None
        assert running_teacher(BUILTIN_TEACHER) is None, "starting it costs nothing"
    with start_server(BUILTIN_TEACHER, log_file=tmp_path / "log", served_name="/models/teacher", purpose="chat"):
        assert running_teacher("/models/teacher") is None, "it ends with its chat"
