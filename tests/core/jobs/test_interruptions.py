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
from tests.core.jobs.test_lifecycle import start, wait_for, wait_for_progress
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("where", ["late_stop", "late_stop_in_worker"])
def test_a_signal_while_the_end_is_being_put_into_words_still_leaves_a_word(where: str) -> None:
    folder = launch(new_spec("run", f"tests.core.jobs.work:{where}", {}, title="Late"))
    wait_for(folder, "cancelled")
    assert "Traceback" not in folder.log.read_text()


def test_a_job_is_cancelled_before_its_runner_has_begun() -> None:
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


def test_cancelling_a_job_whose_launcher_is_not_done_waits_for_it() -> None:
    folder = JobStore().create(new_spec("run", "tests.core.jobs.work:run", {"do": "fail"}, title="Early"))
    said: list[str] = []
    canceller = threading.Thread(target=lambda: said.append(cancel(folder)))
    canceller.start()
    wait_until((folder.control / "cancel").exists)
    runner = launch_existing(folder)
    canceller.join(30)
    runner.wait(60)
    assert said == ["cancelled"]


def test_a_look_at_the_lock_does_not_keep_the_launcher_from_taking_it() -> None:
    folder = JobStore().create(new_spec("run", "a:b", {}, title="Race"))
    looking = os.open(folder.lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.2, os.close, [looking]).start()
    descriptor = folder.take_lock()
    assert folder.is_alive()
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)


def test_what_a_worker_tells_while_it_is_being_stopped_is_part_of_the_story() -> None:
    folder = start("farewell")
    wait_for_progress(folder)
    assert cancel(folder) == "cancelled"
    assert [artifact["path"] for artifact in read_state(folder).artifacts] == ["/kept"]


def test_a_running_job_whose_folder_is_removed_ends_and_brings_nothing_back(tmp_path: Path) -> None:
    folder = start("count", steps=1, until="/nowhere")
    wait_for_progress(folder)
    folder.path.rename(tmp_path / "removed")  # all of it at once
    wait_until(lambda: not processes_of_job(str(folder.path)), what="the end of all processes")
    assert not folder.path.exists()


def test_the_story_of_a_removed_job_is_not_begun_anew() -> None:
    folder = JobStore().create(new_spec("run", "a:b", {}, title="Gone"))
    writer = EventWriter(folder)
    shutil.rmtree(folder.path)
    with pytest.raises(LabtopError):
        writer.write("stage_started", "a", {"title": "A"})
    assert not folder.path.exists()


def test_an_id_that_is_taken_leaves_the_other_job_alone() -> None:
    spec = new_spec("train", "a:b", {}, title="First")
    folder = JobStore().create(spec)
    with pytest.raises(LabtopError):
        JobStore().create(spec)
    assert folder.spec.options == spec.options
    assert folder.reserve.exists()


def test_a_job_that_cannot_be_made_or_started_leaves_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_our_host_under_another_name_is_still_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = new_spec("train", "a:b", {}, title="T")
    folder = JobStore().create(spec)
    monkeypatch.setattr(socket, "gethostname", lambda: "renamed")
    assert observe(folder).elsewhere is None


def test_a_child_of_process_1_lives_as_long_as_its_parent() -> None:
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


def test_a_relative_home_is_the_same_for_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABTOP_HOME", "lab")
    folder = launch(new_spec("run", "tests.core.jobs.work:where", {}, title="Where"))
    wait_for(folder, "succeeded")
    assert read_state(folder).result == {"data": str(tmp_path / "lab" / "data")}


def test_text_that_is_no_unicode_passes_from_the_worker_to_the_reader() -> None:
    folder = start("mumble")
    wait_for(folder, "succeeded")
    state = read_state(folder)
    assert state.notes[0]["message"] == "caf\\udce9 \\ud83d"
    assert state.result == {"path": "caf\udce9"}
    assert "caf" in str(observe(folder).result)


def test_a_result_that_takes_several_reads_arrives() -> None:
    folder = start("much")
    wait_for(folder, "succeeded")
    result = read_state(folder).result
    assert result is not None
    assert len(result["text"]) == 1_000_000


def test_an_option_that_is_no_unicode_reaches_the_job() -> None:
    spec = new_spec("train", "a:b", {"path": "caf\udce9"}, title="caf\udce9")
    assert JobFolder(JobStore().create(spec).path).spec.options == spec.options


def test_a_worker_that_floods_its_log_does_not_fill_the_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
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
def test_a_file_system_without_locks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int) -> None:
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


def test_nothing_comes_after_the_end() -> None:
    folder = JobStore().create(new_spec("train", "a:b", {}, title="T"))
    writer = EventWriter(folder)
    writer.finish({"status": "succeeded", "error": None, "result": None})
    writer.write("heartbeat", None, {"rss": 1})
    assert [event.type for event in EventTail(folder.events).read()] == ["job_finished"]


def test_what_cannot_be_removed_or_asked_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_killed_launcher_or_runner_never_leaves_the_lock_to_a_child() -> None:
    folder = start("spawn_shell")
    wait_for_progress(folder)
    pid = observe(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(folder, "lost", seconds=5)
    assert cancel(folder) == "lost"
