"""What clients get when the server is stopped while it answers them."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.serving.lifecycle import Server, start
from core.serving.plan import ReadyLine, ServerPlan
from tests.core.serving.http import Body, connect, send

pytestmark = pytest.mark.slow


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Server]:
    argv = (sys.executable, str(Path(__file__).with_name("endless_server.py")), "--port", "0")
    with start(ServerPlan("endless", argv, ReadyLine()), log_file=tmp_path / "log", ready_seconds=120) as server:
        yield server
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("route", "asked"),
    [("/completions", {"prompt": "x"}), ("/chat/completions", {"messages": [{"role": "user", "content": "x"}]})],
)
def test_stop_ends_streams_with_an_error_event(endless: Server, route: str, asked: Body) -> None:
    with closing(connect(endless.base_url)) as connection:
        send(connection, route, {**asked, "stream": True})
        response = connection.getresponse()
        assert b"word" in response.readline()
        os.kill(endless.pid, signal.SIGTERM)
        events = [json.loads(line[6:]) for line in response if line.startswith(b"data: ")]
    assert "shutting down" in events[-1]["error"]["message"]
    assert events[-1]["error"]["type"] == "server_error"
    assert endless.wait(60) == 0


def test_stop_answers_whole_requests_with_503(endless: Server) -> None:
    with closing(connect(endless.base_url)) as whole, closing(connect(endless.base_url)) as streamed:
        send(whole, "/completions", {"prompt": "x"})
        send(streamed, "/completions", {"prompt": "x", "stream": True})
        streamed.getresponse().readline()  # shows that the server is at work on both
        os.kill(endless.pid, signal.SIGTERM)
        response = whole.getresponse()
        assert (response.status, json.load(response)["error"]["type"]) == (503, "server_error")
