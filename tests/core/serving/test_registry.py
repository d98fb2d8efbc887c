"""What runs where: records of processes that run, that ended, and that another process replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from core.commands.stop_servers import stop, to_stop
from core.errors import LabtopError
from core.jobs.processes import JOB_VARIABLE, child_environment, start_ticks
from core.jobs.spec import new_spec
from core.serving.argv import embedded_plan
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRecord, ServerRegistry, find_server, matching
from tests.waiting import wait_until


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], env=child_environment()) as running:
        yield running
        running.kill()


@pytest.fixture
def registry(tmp_path: Path) -> ServerRegistry:
    return ServerRegistry(tmp_path / "servers")


def added(registry: ServerRegistry, process: subprocess.Popen[bytes]) -> ServerRecord:
    record = registry.add(process.pid, embedded_plan(BUILTIN_TEACHER), Path("/logs/x"), "serve")
    assert record is not None
    return record


def test_registry_shows_a_server_until_its_process_ends(
    registry: ServerRegistry, process: subprocess.Popen[bytes]
) -> None:
    record = added(registry, process)
    assert registry.read() == [record]
    assert (record.url, record.parent, record.job, record.backend) == (None, os.getpid(), None, "rules")
    ready = registry.set_ready(record, "http://127.0.0.1:8055/v1", ["teacher"])
    assert registry.read() == [ready]
    assert (ready.port, ready.name, ready.to_data()["status"]) == (8055, "teacher", "ready")
    (file,) = registry.root.iterdir()
    assert (file.stat().st_mode & 0o777, registry.root.stat().st_mode & 0o777) == (0o600, 0o700)
    process.send_signal(signal.SIGKILL)
    wait_until(lambda: start_ticks(process.pid) is None, what="the end of the process")  # a zombie has ended, too
    assert registry.read() == []
    assert list(registry.root.iterdir()) == []


def test_registry_recognises_a_reused_process_id(registry: ServerRegistry, process: subprocess.Popen[bytes]) -> None:
    record = added(registry, process)
    registry.remove(record)
    registry.set_ready(replace(record, ticks=record.ticks - 1), "http://127.0.0.1:8055/v1", [])
    registry.set_ready(replace(record, boot_id="before the last restart"), "http://127.0.0.1:8056/v1", [])
    assert registry.read() == []
    assert list(registry.root.iterdir()) == []


def test_registry_leaves_other_hosts_and_damaged_files_alone(
    registry: ServerRegistry, process: subprocess.Popen[bytes]
) -> None:
    record = added(registry, process)
    registry.set_ready(replace(record, host="other", ticks=5), "http://127.0.0.1:8055/v1", [])
    for number, text in enumerate(("", "[]", "3", '{"pid": 1}', '{"names": 3}', "[" * 100_000)):
        (registry.root / f"{number}-1.json").write_text(text)
    os.mkfifo(registry.root / "9-9.json")
    assert registry.read() == [record]
    assert len(list(registry.root.iterdir())) == 9


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999999/v1", "http://[::1/v1", "file:///etc/passwd", "http://:1"])
def test_registry_ignores_records_with_a_wrong_url(
    registry: ServerRegistry, process: subprocess.Popen[bytes], url: str
) -> None:
    registry.set_ready(added(registry, process), url, [])
    assert registry.read() == []


def test_record_of_a_process_that_labtop_did_not_start_ends_nothing(registry: ServerRegistry) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as foreign:
        try:
            record = added(registry, foreign)
            assert to_stop([record], None, every=True, force=True) == []
            with pytest.raises(LabtopError, match="was not started by labtop"):
                stop(record, read=lambda: ())
            assert foreign.poll() is None
        finally:
            foreign.kill()


def test_process_whose_environment_is_not_there_yet_is_recognised(
    registry: ServerRegistry, process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    record = added(registry, process)
    read = psutil.Process.environ
    empty: Iterator[dict[str, str]] = iter([{}, {}])
    monkeypatch.setattr(psutil.Process, "environ", lambda self: next(empty, None) or read(self))
    assert record.is_ours()
    monkeypatch.setattr(psutil.Process, "environ", lambda _self: {})  # overwritten by the title of a process
    assert record.is_ours()
    assert not replace(record, parent=1).is_ours()


def test_registry_knows_the_job_and_makes_text_printable(
    registry: ServerRegistry, process: subprocess.Popen[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, purpose in (("generate", "job"), ("serve", "serve")):
        folder = tmp_path / kind
        folder.mkdir()
        spec = new_spec(kind, "x:y", {}, title="x")  # type: ignore[arg-type]
        (folder / "spec.json").write_text(spec.encode())
        monkeypatch.setenv(JOB_VARIABLE, str(folder))
        record = added(registry, process)
        assert (record.job, record.purpose, record.owner) == (kind, purpose, f"job {kind}")
    registry.set_ready(record, "http://127.0.0.1:1/v1", ["\x1b[2Jtiny"])
    assert registry.read()[0].names == ("\\u001b[2Jtiny",)


def test_matching_and_find_server(registry: ServerRegistry, process: subprocess.Popen[bytes]) -> None:
    base = added(registry, process)
    one = replace(base, model="/m/Granite-7b", url="http://127.0.0.1:8000/v1", names=("Granite-7b", "/m/Granite-7b"))
    two = replace(
        base, pid=1, model="/runs/a/samples_10", job="serve-abcde", names=("mine",), url="http://[::1]:8001/v1"
    )
    teacher = replace(base, pid=2, purpose="job", model="/m/mixtral", names=("mixtral",), url="http://127.0.0.1:9/v1")
    loading = replace(base, pid=3, model="/m/late")
    servers = [one, two, teacher, loading]
    for text, expected in {
        "8000": [one],
        "http://localhost:8000": [one],
        "http://127.0.0.1:8000/v1/": [one],
        "granite.7B": [one],
        "/m/Granite-7b": [one],
        "serve-abcde": [two],
        "samples_10": [two],
        "http://[::1]:8001/v1": [two],
        "3": [loading],
        "late": [loading],
        "http://127.0.0.1:x": [],
        "other": [],
        "/other/samples_10": [],
    }.items():
        assert matching(servers, text) == expected, text
    assert find_server("mine", servers) == two
    assert find_server("/runs/a/samples_10", servers) == two
    assert find_server("/runs/b/samples_10", servers) is None, "checkpoints of two trainings have the same names"
    assert find_server("mixtral", servers) is None, "it ends with its job"
    assert find_server("late", servers) is None, "it is not ready"
