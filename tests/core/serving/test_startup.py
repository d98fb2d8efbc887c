"""How servers start, fail to, and end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import psutil
import pytest

from core.errors import LabtopError
from core.jobs.processes import child_environment, start_ticks
from core.serving.argv import embedded_plan
from core.serving.client import list_models
from core.serving.lifecycle import Server, start_server
from core.serving.names import BUILTIN_TEACHER
from tests.core.serving.tiny_model import CONTEXT_LENGTH
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def port_of(server: Server) -> int:
    return int(server.base_url.rsplit(":", 1)[1].removesuffix("/v1"))


def test_second_server_on_a_port_is_an_error(tiny_server: Server, tmp_path: Path) -> None:
    port = port_of(tiny_server)
    sentence = f"Port {port} on 127.0.0.1 is already in use by process {tiny_server.pid}"
    with pytest.raises(LabtopError, match=sentence) as caught:
        start_server(BUILTIN_TEACHER, port=port, log_file=tmp_path / "log")
    assert caught.value.hint is not None
    assert "--port" in caught.value.hint
    assert list_models(tiny_server.base_url)


def test_port_taken_while_the_model_loads(tmp_path: Path) -> None:
    """Both could bind it, since nobody listened yet; the one that listens second gets an error."""
    from core.serving.listening import bind, listen

    with bind("127.0.0.1", 0) as first, bind("127.0.0.1", first.getsockname()[1]) as second:
        listen(first)
        with pytest.raises(LabtopError, match="already in use"):
            listen(second)


def test_servers_with_one_log_file_each_report_their_own_address(tmp_path: Path) -> None:
    log = tmp_path / "serve-0.log"
    with start_server(BUILTIN_TEACHER, log_file=log, served_name="first") as first:
        with start_server(BUILTIN_TEACHER, log_file=log, served_name="second") as second:
            assert port_of(first) != port_of(second)
            assert (first.log_file.name, second.log_file.name) == ("serve-0.log", "serve-0-2.log")
            assert list_models(second.base_url)[0] == "second"
        with start_server(BUILTIN_TEACHER, log_file=log) as third:
            assert third.log_file == second.log_file


def test_log_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "/dev/null"):
        with pytest.raises(LabtopError, match="not a regular file"):
            start_server(BUILTIN_TEACHER, log_file=tmp_path / name)


def test_folder_without_a_model_has_the_servers_error(tiny_model: Path, tmp_path: Path) -> None:
    hollow = tmp_path / "hollow"
    shutil.copytree(tiny_model, hollow)
    (hollow / "model.safetensors").unlink()
    for folder, sentence in [(hollow, "has no weights"), (tmp_path / "nowhere", "does not exist")]:
        with pytest.raises(LabtopError, match=sentence) as caught:
            start_server(folder, log_file=tmp_path / "logs" / "server.log")
        assert caught.value.hint


def test_model_that_transformers_cannot_load_is_named(tiny_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(tiny_model, broken)
    config = broken / "config.json"
    config.write_text(config.read_text().replace('"model_type": "granite"', '"model_type": "no such model"'))
    with pytest.raises(LabtopError, match=r"broken could not be loaded: .*no such model"):
        start_server(broken, log_file=tmp_path / "server.log")


def test_server_context_can_be_lowered_and_not_raised(tiny_model: Path, tmp_path: Path) -> None:
    def context(tokens: int) -> int:
        with (
            start_server(tiny_model, log_file=tmp_path / "log", context_tokens=tokens) as server,
            urllib.request.urlopen(f"{server.base_url}/models", timeout=60) as response,
        ):
            return int(json.load(response)["data"][0]["max_model_len"])

    assert (context(64), context(2 * CONTEXT_LENGTH)) == (64, CONTEXT_LENGTH)


def test_server_listens_on_the_given_address_and_leaves_no_process(tmp_path: Path) -> None:
    with start_server(BUILTIN_TEACHER, log_file=tmp_path / "log", served_name="mine") as server:
        port = port_of(server)
        assert list_models(server.base_url) == ["mine"]
        process = psutil.Process(server.pid)
        assert {connection.laddr[0] for connection in process.net_connections("tcp")} == {"127.0.0.1"}
    assert not psutil.pid_exists(server.pid)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_a_server_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    with start_server(BUILTIN_TEACHER, log_file=tmp_path / "log") as server:
        os.kill(server.pid, number)
        assert server.wait(60) == 0


def test_server_dies_with_its_parent(tmp_path: Path) -> None:
    """Started by a process that is then killed with -9."""
    code = (
        "import sys, time; from pathlib import Path; from core.serving.lifecycle import start_server\n"
        f"server = start_server('{BUILTIN_TEACHER}', log_file=Path(sys.argv[1]))\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, env=child_environment()
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: start_ticks(pid) is None, what="the server's end")


def test_server_killed_while_loading_is_reported_at_once(tiny_model: Path, tmp_path: Path) -> None:
    known = set(psutil.Process().children())

    def kill_new_child() -> None:
        wait_until(lambda: set(psutil.Process().children()) - known)
        for child in set(psutil.Process().children()) - known:
            child.kill()

    killer = threading.Thread(target=kill_new_child)
    killer.start()
    with pytest.raises(LabtopError, match="ended with signal 9 before it was ready"):
        start_server(tiny_model, log_file=tmp_path / "log", ready_seconds=180)
    killer.join()


def test_server_that_never_gets_ready_is_stopped(tiny_model: Path, tmp_path: Path) -> None:
    before = set(psutil.Process().children())
    with pytest.raises(LabtopError, match="not ready after 0 seconds"):
        start_server(tiny_model, log_file=tmp_path / "log", ready_seconds=0)
    assert set(psutil.Process().children()) == before


def test_missing_extra_is_named_in_the_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['uvicorn'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LabtopError, match="needs uvicorn") as caught:
        start_server(BUILTIN_TEACHER, log_file=tmp_path / "log")
    assert caught.value.hint == "Install it with: pip install 'labtop[serve]'"


def test_embedded_plan() -> None:
    plan = embedded_plan("/m", host="::1", port=0, served_name="a b", threads=3)
    assert plan.argv[1:] == (
        *("-m", "core.serving.embedded", "--model-path", "/m", "--host", "::1", "--port", "0"),
        *("--served-model-name", "a b", "--threads", "3"),
    )
    assert "--threads" not in embedded_plan(BUILTIN_TEACHER, threads=3).argv
