"""A server with an API key, from `labtop model serve`, as its clients see it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jobs.folder import JobStore
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry
from tests.tui.cli.running import labtop
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

KEY = "a-key-that-only-clients-know"


def test_clients_of_a_server_with_a_key(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    started = labtop("model", "serve", "-m", BUILTIN_TEACHER, "--port", "0", "--api-key-file", "key", "-dt")
    assert f"Requests need the API key in {tmp_path / 'key'}." in started.stderr
    wait_until(lambda: [server for server in ServerRegistry().read() if server.url], what="the server")
    (server,) = ServerRegistry().read()
    assert server.url is not None and server.names == (BUILTIN_TEACHER,)
    chat = ("model", "chat", "--qq", "Hello", "--endpoint-url", server.url)
    assert f"{server.url} requires an API key." in labtop(*chat, status=1).stderr
    monkeypatch.setenv("LABTOP_API_KEY", "another")
    assert f"{server.url} does not accept the API key." in labtop(*chat, status=1).stderr
    monkeypatch.setenv("LABTOP_API_KEY", KEY)
    assert "rule-based teacher" in labtop(*chat).stdout
    labtop("model", "stop")
    (job,) = JobStore().list()
    written = [path.read_text(errors="replace") for path in (own_home / "labtop").rglob("*") if path.is_file()]
    assert "Requests need the API key" in (job.path / "events.jsonl").read_text()
    assert KEY not in "".join(written)


def test_unusable_key_is_an_error_before_the_job_starts(tmp_path: Path) -> None:
    command = ("model", "serve", "-m", BUILTIN_TEACHER, "--port", "0", "-dt", "--api-key-file", str(tmp_path / "none"))
    assert "cannot be read" in labtop(*command, status=1).stderr
    assert JobStore().list() == []
