"""Signals, removed folders and rivals at the worst moments."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.errors import LabtopError
from core.files import locked_folder
from core.jobs import heartbeat
from core.jobs.control import cancel, remove, request_cancel
from core.jobs.folder import JobFolder, JobStore
from core.jobs.launch import launch
from core.jobs.observe import observe, read_state
from core.jobs.processes import child_environment, processes_of_job
from core.jobs.spec import new_spec
from core.jobs.tail import EventTail
from core.jobs.writer import EventWriter
from tests.core.jobs.test_lifecycle import start
from tests.waiting import wait_for, wait_for_progress, wait_until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("where", ["late_stop", "late_stop_in_worker"])
def test_signal_during_shutdown_still_writes_job_finished(where: str) -> None:
    folder = launch(new_spec("run", f"tests.core.jobs.work:{where}", {}, title="Late"))
    wait_for(folder, "cancelled")
    assert "Traceback" not in folder.log.read_text()


def test_cancel_before_the_runner_starts() -> None:
    folder = JobStore().create(new_spec("run", "tests.core.jobs.work:run", {"do": "spawn"}, title="Early"))
    request_cancel(folder)
    launched = launch_existing(folder)
    assert launched.wait(60) == 1
    assert observe(folder).status == "cancelled"


def launch_existing(folder: JobFolder) -> subprocess.Popen[bytes]:
    lock = folder.take_lock()
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "core.jobs.runner", str(folder.path), str(lock)],
            pass_fds=(lock,),
            env=child_environment({"LABTOP_JOB": str(folder.path)}),
        )
    finally:
        os.close(lock)


def test_cancel_waits_for_the_launcher() -> None:
    folder = JobStore().create(new_spec("run", "tests.core.jobs.work:run", {"do": "fail"}, title="Early"))
    said: list[str] = []
    canceller = threading.Thread(target=lambda: said.append(cancel(folder)))
    canceller.start()
    wait_until((folder.control / "cancel").exists)
    runner = launch_existing(folder)
    canceller.join()
    runner.wait(60)
    assert said == ["cancelled"]


def test_checking_the_lock_does_not_block_the_launcher() -> None:
    folder = JobStore().create(new_spec("run", "a:b", {}, title="Race"))
    looking = os.open(folder.lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.2, os.close, [looking]).start()
    descriptor = folder.take_lock()
    assert folder.is_alive()
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_events_of_a_stopping_worker_are_merged() -> None:
    folder = start("farewell")
    wait_for_progress(folder)
    assert cancel(folder) == "cancelled"
    assert [artifact["path"] for artifact in read_state(folder).artifacts] == ["/kept"]


def test_job_ends_when_its_folder_is_removed(tmp_path: Path) -> None:
    folder = start("count", steps=1, until="/nowhere")
    wait_for_progress(folder)
    folder.path.rename(tmp_path / "removed")  # all of it at once
    wait_until(lambda: not processes_of_job(str(folder.path)), what="the end of all processes")
    assert not folder.path.exists()


def test_removed_job_gets_no_new_events_file() -> None:
    folder = JobStore().create(new_spec("run", "a:b", {}, title="Gone"))
    writer = EventWriter(folder)
    shutil.rmtree(folder.path)
    with pytest.raises(LabtopError):
        writer.write("stage_started", "a", {"title": "A"})
    assert not folder.path.exists()


def test_launch_with_a_taken_id_keeps_the_other_job() -> None:
    spec = new_spec("train", "a:b", {}, title="First")
    folder = JobStore().create(spec)
    with pytest.raises(LabtopError):
        JobStore().create(spec)
    assert folder.spec.options == spec.options
    assert folder.reserve.exists()


def test_failed_launch_leaves_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise LabtopError("The disk is full.")

    store = JobStore()
    with monkeypatch.context() as patch:
        patch.setattr("core.jobs.folder.write_atomic", full)
        with pytest.raises(LabtopError, match="full"):
            store.create(new_spec("train", "a:b", {}, title="T"))
    assert not list(store.root.iterdir())
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(LabtopError, match="starting the job"):
        launch(new_spec("train", "a:b", {}, title="T"), store)
    assert not list(store.root.iterdir())


def test_host_is_recognised_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = new_spec("train", "a:b", {}, title="T")
    folder = JobStore().create(spec)
    monkeypatch.setattr(socket, "gethostname", lambda: "renamed")
    assert observe(folder).elsewhere is None


def test_child_of_process_1_lives_as_long_as_its_parent() -> None:
    """A container's only command, such as `labtop model serve`, is process 1."""
    child = "from core.jobs.processes import die_with_parent; die_with_parent(); print('lives')"
    parent = (
        "import subprocess, sys; from core.jobs.processes import child_environment as e;"
        f"sys.exit(subprocess.run([sys.executable, '-c', {child!r}], env=e()).returncode)"
    )
    try:
        done = subprocess.run(
            ["unshare", "--fork", "--pid", sys.executable, "-c", parent], capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if "unshare" in done.stderr:
        pytest.skip("a process namespace needs root")
    assert (done.returncode, done.stdout) == (0, "lives\n")


def test_relative_home_is_resolved_for_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABTOP_HOME", "lab")
    folder = launch(new_spec("run", "tests.core.jobs.work:where", {}, title="Where"))
    wait_for(folder, "succeeded")
    assert read_state(folder).result == {"data": str(tmp_path / "lab" / "data")}


def test_event_with_invalid_unicode_reaches_the_reader() -> None:
    folder = start("mumble")
    wait_for(folder, "succeeded")
    state = read_state(folder)
    assert state.notes[0]["message"] == "caf\\udce9 \\ud83d"
    assert state.result == {"path": "caf\udce9"}
    assert "caf" in str(observe(folder).result)


def test_large_result_arrives() -> None:
    folder = start("much")
    wait_for(folder, "succeeded")
    result = read_state(folder).result
    assert result is not None
    assert len(result["text"]) == 1_000_000


def test_option_with_invalid_unicode_reaches_the_job() -> None:
    spec = new_spec("train", "a:b", {"path": "caf\udce9"}, title="caf\udce9")
    assert JobFolder(JobStore().create(spec).path).spec.options == spec.options


def test_worker_log_is_capped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert heartbeat.CHECK_SECONDS <= 1
    log = tmp_path / "output.log"
    log.write_bytes(b"x" * 2000)
    heartbeat.cap_log(log, 1000)
    assert 100 < log.stat().st_size < 400  # a progress bar has no line ends, and its end is kept all the same


def test_every_log_in_the_folder_is_capped() -> None:
    folder = JobStore().create(new_spec("generate", "a:b", {}, title="T"))
    for name in ("output.log", "teacher.log"):
        (folder.path / name).write_bytes(b"line\n" * 1000)
    heartbeat.cap_logs(folder, 1000)
    assert all(log.stat().st_size < 400 for log in folder.path.glob("*.log"))
    assert len(list(folder.path.glob("*.log"))) == 2


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_file_system_without_locks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
    folder = JobStore().create(new_spec("train", "a:b", {}, title="T"))
    folder.lock.touch()

    def flock(_descriptor: int, _operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(LabtopError, match=r"does not support file locks \(flock\)") as caught:
        launch(new_spec("train", "a:b", {}, title="T"))
    assert "LABTOP_HOME" in str(caught.value.hint)
    assert len(JobStore().list()) == 1
    assert observe(folder).status == "queued"
    with pytest.raises(LabtopError, match="does not support file locks"), locked_folder(tmp_path, "generating"):
        pass


def test_job_finished_is_the_last_event() -> None:
    folder = JobStore().create(new_spec("train", "a:b", {}, title="T"))
    writer = EventWriter(folder)
    writer.finish({"status": "succeeded", "error": None, "result": None})
    writer.write("heartbeat", None, {"rss": 1})
    assert [event.type for event in EventTail(folder.events).read()] == ["job_finished"]


def test_errors_of_remove_and_cancel_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = start("fail")
    wait_for(folder, "failed")
    wait_until(lambda: not folder.is_alive())

    def refused(*_arguments: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refused)
    with pytest.raises(LabtopError, match="Permission denied while removing"):
        remove(folder)
    monkeypatch.setattr(Path, "touch", refused)
    with pytest.raises(LabtopError, match="Permission denied while asking"):
        request_cancel(folder)


def test_lock_is_not_inherited_by_children() -> None:
    folder = start("spawn_shell")
    wait_for_progress(folder)
    pid = observe(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(folder, "lost")
    assert cancel(folder) == "lost"
