"""`labtop service`, without a manager and with systemd's own one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.serving.names import BUILTIN_TEACHER
from core.serving.service.installed import secrets_file, unit_file
from tests.tui.cli.running import labtop
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

SYSTEMD = Path("/usr/lib/systemd/systemd")

KEY = "sk-the-key-of-the-service"


@pytest.fixture
def no_manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/none")


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A user manager of our own. systemd starts one only where it finds its folder in /run, so it gets its own /run."""
    if not SYSTEMD.exists() or shutil.which("unshare") is None or os.getuid() != 0:
        pytest.skip("a systemd manager for the test needs systemd, unshare and root")
    with tempfile.TemporaryDirectory(prefix="lt", dir="/tmp") as folder:  # the path of a socket must be short
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        script = f"mount -t tmpfs tmpfs /run/systemd && mkdir /run/systemd/system && exec {SYSTEMD} --user"
        log = Path(folder, "log")
        with (
            log.open("w") as output,
            subprocess.Popen(["unshare", "--mount", "sh", "-c", script], stdout=output, stderr=output) as process,
        ):
            socket = Path(folder, "systemd", "private")
            try:
                wait_until(lambda: socket.exists() or process.poll() is not None, what="systemd's manager")
                if process.poll() is not None:
                    pytest.skip(f"systemd does not start here: {log.read_text().strip()[-200:]}")
                yield
            finally:
                process.terminate()
                process.wait(60)


def status() -> dict[str, Any]:
    (found,) = json.loads(labtop("service", "status", "--json").stdout)
    assert isinstance(found, dict)
    return found


def serving(restarts: int) -> dict[str, Any]:
    """The service once its server is ready after this many restarts."""
    seen = [status()]

    def ready() -> bool:
        seen[0] = status()
        return seen[0]["restarts"] == restarts and bool((seen[0]["server"] or {}).get("url"))

    wait_until(ready, what="the service's server")
    return seen[0]


def test_without_a_manager(no_manager: None) -> None:
    command = ("service", "install", "-m", BUILTIN_TEACHER, "--port", "8001")
    failed = labtop(*command, status=1)
    assert (
        failed.stderr.startswith("Error: ") and "systemd" in failed.stderr and "model serve --detached" in failed.stderr
    )
    assert not unit_file("labtop-serve").exists()
    shown = labtop(*command, "--print").stdout
    assert "[Service]" in shown and '"--port" "8001"' in shown
    assert not unit_file("labtop-serve").exists()
    assert labtop("service", "status").stdout.startswith("No service is installed.")
    assert "No service is installed." in labtop("service", "remove", status=1).stderr
    assert "--detached cannot be used" in labtop(*command, "--detached", status=2).stderr


def test_service_restarts_its_server(manager: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """From installing to removing it, with the key outside of the unit."""
    monkeypatch.setenv("LABTOP_API_KEY", KEY)
    labtop("service", "install", "-m", BUILTIN_TEACHER, "--port", "0")
    assert KEY not in unit_file("labtop-serve").read_text()
    first = serving(restarts=0)
    assert (first["active"], first["enabled"]) == ("active", True)
    with urllib.request.urlopen(first["server"]["url"].removesuffix("/v1") + "/health", timeout=60) as answer:
        assert answer.status == 200
    os.kill(first["server"]["pid"], 9)
    assert serving(restarts=1)["server"]["pid"] != first["server"]["pid"]
    labtop("service", "remove")
    assert not unit_file("labtop-serve").exists() and not secrets_file("labtop-serve").exists()
    assert json.loads(labtop("service", "status", "--json").stdout) == []
