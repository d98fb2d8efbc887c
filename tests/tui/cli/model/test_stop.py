"""`labtop model serve --list` and `labtop model stop`, with real servers."""

from __future__ import annotations

import json
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import psutil
import pytest

from core.jobs.folder import JobStore
from core.jobs.launch import launch
from core.jobs.spec import new_spec
from core.monitor.processes import ProcessReader
from core.serving.lifecycle import start_server
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry
from core.system.gpu import GpuReading
from tests.tui.cli.running import LABTOP, labtop
from tests.waiting import wait_until
from tui.cli.model.stop import complete_server, stop

pytestmark = pytest.mark.slow


def listed() -> list[dict[str, Any]]:
    servers: list[dict[str, Any]] = json.loads(labtop("model", "serve", "--list", "--json").stdout)
    return servers


def test_list_and_stop(tmp_path: Path) -> None:
    """A foreground server ends as if by Ctrl+C, a job is cancelled, and a chat's server is kept unless forced."""
    assert labtop("model", "stop", status=1).stderr.startswith("Error: No server of labtop runs.")
    command = [LABTOP, "model", "serve", "-m", BUILTIN_TEACHER, "--port", "0", "--served-model-name", "front"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as front,
        start_server(BUILTIN_TEACHER, log_file=tmp_path / "log", served_name="talk", purpose="chat") as chat,
        ExitStack() as stack,
    ):
        stack.callback(front.kill)  # before it is waited for, should an assertion fail
        started = json.loads(labtop("model", "serve", "-m", BUILTIN_TEACHER, "--port", "0", "-dt", "--json").stdout)
        job = started["job"]
        wait_until(lambda: sum(each.url is not None for each in ServerRegistry().read()) == 3, what="three servers")
        servers = {each["names"][0]: each for each in listed()}
        assert {name: (each["purpose"], each["job"]) for name, each in servers.items()} == {
            "front": ("serve", None),
            "talk": ("chat", None),
            BUILTIN_TEACHER: ("serve", job),
        }
        offered = complete_server(click.Context(stop), click.Argument(["server"]), "fr")
        assert [(each.value, each.help) for each in offered] == [("front", servers["front"]["url"])]
        several = labtop("model", "stop", status=1).stderr
        assert f"front at {servers['front']['url']}" in several
        assert "talk" not in several
        assert "--force" in labtop("model", "stop", "talk", status=1).stderr

        own = servers[BUILTIN_TEACHER]
        assert started == {
            "job": job,
            "url": own["url"],
            "model": BUILTIN_TEACHER,
            "backend": "rules",
            "pid": own["pid"],
        }
        port = servers["front"]["url"].rsplit(":", 1)[1].removesuffix("/v1")
        rows = {row.pid: row.what for row in ProcessReader(JobStore().root).read(GpuReading())}
        assert rows[servers["front"]["pid"]] == f"rule-based teacher front :{port}"
        stopped = json.loads(labtop("model", "stop", port, "--json").stdout)
        assert [(each["names"], each["status"]) for each in stopped] == [(["front"], "stopped")]
        assert front.wait(60) == 0
        assert front.stdout is not None
        assert front.stdout.read().endswith("The server has ended.\n")

        assert "Kept 1" in labtop("model", "stop", "--all").stdout
        jobs = json.loads(labtop("process", "list", "--json").stdout)
        assert [(each["id"], each["status"]) for each in jobs] == [(job, "cancelled")]
        labtop("model", "stop", "talk", "--force")
        assert chat.wait(60) is not None
    assert listed() == []
    assert not any(psutil.pid_exists(each["pid"]) for each in servers.values())


def test_server_of_a_job_is_not_stopped_without_its_job() -> None:
    folder = launch(new_spec("generate", "tests.tui.cli.model.serving_job:run", {}, title="Generate"))
    wait_until(lambda: ServerRegistry().read(), what="the job's server")
    refused = labtop("model", "stop", BUILTIN_TEACHER, status=1).stderr
    assert f"labtop process cancel {folder.id}" in refused
    labtop("process", "cancel", folder.id)
    assert listed() == []


def test_serve_detached_json_reports_why_it_cannot_serve() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        failed = labtop("model", "serve", "-m", BUILTIN_TEACHER, "--port", str(port), "-dt", "--json", status=1)
    assert (failed.stdout, failed.stderr.startswith(f"Error: Port {port} on 127.0.0.1 is already in use")) == ("", True)
