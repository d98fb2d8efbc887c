"""A server's life after it is ready: its end, its silence, and restarts."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.jobs.processes import is_gone
from core.serving.backends import ModelServer
from core.serving.health.watch import Limits, watch
from core.serving.lifecycle import Server, start_on_free_port
from core.serving.readiness import Attempt
from core.serving.registry import ServerRegistry
from core.serving.supervisor import Report, serve
from tests.core.serving.test_plan import toy

TOY = ModelServer("toy", "vllm", "", toy)
QUICK = Limits(between=0.05, response=0.2, hung=0.6)
PATIENT = Limits(between=0.05)
"""For servers that end by themselves, on a busy machine."""


def ask(server: Server, path: str) -> None:
    """Send a request that may get no answer."""
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=0.2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        connection.getresponse()
    connection.close()


class Ready:
    """Sends a request to the server each time that it is ready."""

    def __init__(self, *paths: str) -> None:
        self.paths = list(paths)
        self.urls: list[str] = []
        self.notes: list[str] = []

    def __call__(self, server: Server) -> None:
        self.urls.append(server.base_url)
        ask(server, self.paths.pop(0))

    def report(self) -> Report:
        return Report(ready=self, note=lambda _level, sentence: self.notes.append(sentence))


def run(
    ready: Ready,
    tmp_path: Path,
    *,
    restart: int = 0,
    pause: Callable[[float], object] = lambda _: None,
    limits: Limits = PATIENT,
) -> None:
    options = BackendOptions(restart=restart, max_startup_attempts=60)
    log = tmp_path / "log"
    serve(TOY, options, port=0, log_file=log, report=ready.report(), limits=limits, pause=pause)


def test_server_that_ends_is_an_error_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(LabtopError) as caught:
        run(Ready("/end"), tmp_path)
    message = caught.value.message
    assert "ended with status 3 while it was in use" in message
    assert message.endswith("\n  the first of two lines\n  cannot go further")
    assert caught.value.code == "server-died"
    assert ServerRegistry().read() == []


def test_server_that_stops_answering_is_stopped(tmp_path: Path) -> None:
    ready = Ready("/sleep")
    with pytest.raises(LabtopError, match="stopped answering") as caught:
        run(ready, tmp_path, limits=QUICK)
    assert caught.value.code == "server-hung"
    assert len(ready.notes) == 1 and "has not answered for" in ready.notes[0]


def test_server_with_a_dead_engine_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match="stopped answering"):
        run(Ready("/dead"), tmp_path)


def test_restart_at_the_same_port_with_longer_pauses(tmp_path: Path) -> None:
    ready, pauses = Ready("/end", "/dead", "/end"), list[float]()
    with pytest.raises(LabtopError, match="status 3"):
        run(ready, tmp_path, restart=2, pause=pauses.append)
    assert pauses == [1.0, 2.0]
    assert len(ready.urls) == 3 and len(set(ready.urls)) == 1
    assert [note.rpartition("\n")[2] for note in ready.notes] == [
        "Starting it again in 1 s (1 of 2).",
        "Starting it again in 2 s (2 of 2).",
    ]


def test_server_that_was_never_ready_is_not_restarted(tmp_path: Path) -> None:
    dying = ModelServer("toy", "vllm", "", lambda port: toy(port, "dies"))
    options = BackendOptions(restart=5)
    with pytest.raises(LabtopError, match="before it was ready"):
        serve(dying, options, port=0, log_file=tmp_path / "log", report=Report())
    assert (tmp_path / "log").read_text().count("no GPU here") == 1


def test_processes_that_a_dead_server_leaves_are_ended(tmp_path: Path) -> None:
    with start_on_free_port(toy, log_file=tmp_path / "log", ready_seconds=120) as server:
        ask(server, "/leave")
        assert server.wait(60) == 0
        child = psutil.Process(int((tmp_path / "log").read_text().rpartition("child ")[2].split()[0]))
        assert not is_gone(child)
    assert is_gone(child)


def test_attempts_are_counted_with_the_last_line(tmp_path: Path) -> None:
    attempts: list[Attempt] = []

    def look(attempt: Attempt) -> None:
        attempts.append(attempt)
        if attempt.last_line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start_on_free_port(
            lambda port: toy(port, "loads"), log_file=tmp_path / "log", ready_seconds=120, on_attempt=look
        )
    assert "GET /health" in attempts[-1].last_line
    assert (attempts[0].number, attempts[-1].total) == (1, 60)
    assert attempts[-1].url is not None
    assert ServerRegistry().read() == []


def test_watch_reports_a_silence_once_and_an_end() -> None:
    silences: list[float] = []
    limits = Limits(between=0.01, response=0.1, hung=0.2)
    assert watch(lambda seconds: None, "http://127.0.0.1:9/v1", limits=limits, on_silence=silences.append) is None
    assert len(silences) == 1
    assert watch(lambda seconds: 7, "http://127.0.0.1:9/v1", limits=limits) == 7
