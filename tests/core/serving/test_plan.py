"""Servers that are none of ours, started by their plans."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from core.errors import LabtopError
from core.jobs.processes import child_environment, is_gone, start_ticks
from core.serving.announcement import failure_line, find_failure, ready_line, ready_url
from core.serving.lifecycle import PORT_ATTEMPTS, start, start_on_free_port
from core.serving.listening import bind
from core.serving.plan import ReadyUrl, ServerPlan, Stop, base_url
from core.serving.readiness import PortTakenError
from tests.waiting import wait_until

TOY = Path(__file__).with_name("toy_server.py")


def toy(port: int, *arguments: str, grace_seconds: float = 10.0) -> ServerPlan:
    return ServerPlan(
        what="toy",
        argv=(sys.executable, str(TOY), str(port), *arguments),
        ready=ReadyUrl("/health"),
        port=port,
        env={"TOY": "from the plan"},
        stop=Stop(signal.SIGTERM, grace_seconds),
    )


def children() -> set[psutil.Process]:
    return {child for child in psutil.Process().children(recursive=True) if not is_gone(child)}


def test_plan_ready_over_http(tmp_path: Path) -> None:
    with start_on_free_port(toy, log_file=tmp_path / "log", ready_seconds=120) as server:
        connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc)
        connection.request("GET", "/health")
        assert connection.getresponse().getheader("X-Toy") == "from the plan"
        assert server.wait(0) is None
    assert server.wait(0) == -signal.SIGTERM


def test_plan_dies_before_ready(tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match=r"server for toy ended with status 1 before.* no GPU here") as caught:
        start_on_free_port(lambda port: toy(port, "dies"), log_file=tmp_path / "log", ready_seconds=120)
    assert str(tmp_path / "log") in str(caught.value.hint)


def test_plan_never_ready(tmp_path: Path) -> None:
    before = children()
    with pytest.raises(LabtopError, match="not ready after 1 seconds"):
        start_on_free_port(lambda port: toy(port, "loads"), log_file=tmp_path / "log", ready_seconds=1)
    assert children() == before


def test_plan_ignores_signal(tmp_path: Path) -> None:
    """It is killed after the grace period, with the child that has a session of its own."""
    log = tmp_path / "log"
    before = children()
    with start_on_free_port(lambda port: toy(port, "deaf", grace_seconds=0.2), log_file=log, ready_seconds=120):
        child = psutil.Process(int(log.read_text().split()[1]))
        assert not is_gone(child)
    assert children() == before
    assert is_gone(child)


@pytest.mark.parametrize("first", ["fails to listen", "does not listen yet"])
def test_plan_port_taken_meanwhile(first: str, tmp_path: Path) -> None:
    """Another program listens on the first port before the server does; the second is free."""
    ports: list[int] = []
    with socket.socket() as thief:

        def plan_for(port: int) -> ServerPlan:
            ports.append(port)
            if len(ports) > 1:
                return toy(port)
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            thief.bind(("127.0.0.1", port))
            thief.listen()
            sleeper = (sys.executable, "-c", "import time; time.sleep(600)")
            return toy(port) if first == "fails to listen" else replace(toy(port), argv=sleeper)

        with start_on_free_port(plan_for, log_file=tmp_path / "log", ready_seconds=120) as server:
            assert server.base_url == base_url("127.0.0.1", ports[1])
    assert len(ports) == 2


def test_plan_every_port_taken(tmp_path: Path) -> None:
    thieves: list[socket.socket] = []

    def plan_for(port: int) -> ServerPlan:
        thieves.append(bind("127.0.0.1", port))
        thieves[-1].listen()
        return toy(port)

    with pytest.raises(PortTakenError):
        start_on_free_port(plan_for, log_file=tmp_path / "log", ready_seconds=120)
    assert len(thieves) == PORT_ATTEMPTS
    for thief in thieves:
        thief.close()


def test_plan_port_in_use(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as holder:
        holder.listen()
        with pytest.raises(LabtopError, match="already in use"):
            start(toy(holder.getsockname()[1]), log_file=tmp_path / "log")
    assert not (tmp_path / "log").exists()


def test_plan_dies_with_its_parent(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from core.serving.lifecycle import start_on_free_port\n"
        "from tests.core.serving.test_plan import toy\n"
        "server = start_on_free_port(toy, log_file=Path(sys.argv[1]))\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    environment = {**child_environment(), "PYTHONPATH": str(Path(__file__).parents[3])}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    wait_until(lambda: start_ticks(pid) is None, what="the server's end")


def test_plan_guarded_processes_end_with_the_parent(tmp_path: Path) -> None:
    """Those that ignore the signal and have a session of their own, too."""
    code = (
        "import sys, time; from dataclasses import replace; from pathlib import Path\n"
        "from core.serving.lifecycle import start_on_free_port\n"
        "from tests.core.serving.test_plan import toy\n"
        "plan = lambda port: replace(toy(port, 'deaf'), guarded=True)\n"
        "server = start_on_free_port(plan, log_file=Path(sys.argv[1]))\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    environment = {**child_environment(), "PYTHONPATH": str(Path(__file__).parents[3])}
    log = tmp_path / "log"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(log)], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        assert parent.stdout is not None
        guard = psutil.Process(int(parent.stdout.readline()))
        processes = [guard, *guard.children(recursive=True)]
        assert int(log.read_text().split()[1]) in {process.pid for process in processes}
        parent.kill()
    wait_until(lambda: all(map(is_gone, processes)), 60, "the end of all processes")


@pytest.mark.parametrize(("how", "number"), [("", signal.SIGTERM), ("deaf", signal.SIGKILL)])
def test_plan_guarded_server_stops(how: str, number: int, tmp_path: Path) -> None:
    before = children()

    def plan(port: int) -> ServerPlan:
        return replace(toy(port, how, grace_seconds=0.2 if how else 10.0), guarded=True)

    with start_on_free_port(plan, log_file=tmp_path / "log", ready_seconds=120) as server:
        assert children() > before
    assert children() == before
    assert server.wait(0) == -number


def test_plan_without_port_needs_a_line() -> None:
    with pytest.raises(ValueError, match="needs a port"):
        ServerPlan("toy", ("toy",), ReadyUrl())


def test_base_url() -> None:
    assert base_url("0.0.0.0", 80) == "http://127.0.0.1:80/v1"
    assert base_url("::", 80) == "http://[::1]:80/v1"


def test_failure_line() -> None:
    error = LabtopError("Two\nlines: Error: x", hint="Hint: y", code="port-in-use")
    found = find_failure(["noise", failure_line(error), '{"error"', "more"])
    assert found is not None
    assert (found.message, found.hint, found.code) == (error.message, error.hint, error.code)
    assert find_failure(["Error: a sentence of another program", '{"error": 3}']) is None


def test_ready_line() -> None:
    assert ready_url(ready_line("http://127.0.0.1:8000/v1", ["tiny"])) == "http://127.0.0.1:8000/v1"
    assert ready_url("Ready at http://127.0.0.1:8000/v1") is None
    assert ready_url('{"ready": 3}') is None and ready_url('{"ready"') is None
