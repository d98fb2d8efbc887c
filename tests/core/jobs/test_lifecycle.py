"""Real jobs in real processes, and what becomes of them when things go wrong."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import LabtopError
from core.events import Event
from core.jobs.control import cancel, remove, resume
from core.jobs.folder import JobFolder, JobStore
from core.jobs.launch import launch
from core.jobs.observe import observe, observe_all, read_state
from core.jobs.processes import child_environment, is_gone, processes_of_job, wait_gone
from core.jobs.spec import new_spec
from core.jobs.tail import EventTail
from tests.waiting import wait_for, wait_for_progress, wait_in_job

pytestmark = pytest.mark.slow


def start(do: str, **options: Any) -> JobFolder:
    return launch(new_spec("run", "tests.core.jobs.work:run", {"do": do, **options}, title=f"Test {do}"))


def test_job_reports_events_and_its_result() -> None:
    folder = start("count", steps=5)
    wait_for(folder, "succeeded")
    state = read_state(folder)
    assert state.result == {"counted": 5}
    assert state.metrics["count"]["loss"].points() == [(step, 1 / step) for step in range(1, 6)]
    assert state.stages["count"].status == "succeeded"
    assert state.progress == 1.0
    events = EventTail(folder.events).read()
    assert [event.seq for event in events] == list(range(len(events)))
    assert events[0].type == "job_started"
    assert events[-1].type == "job_finished"
    assert "step 5" in folder.log.read_text()
    assert not folder.reserve.exists()
    record = observe_all(JobStore())[0].to_data()
    assert record["id"] == folder.id
    assert record["status"] == "succeeded"
    assert record["pid"] is None


def test_error_ends_the_job_with_message_and_hint() -> None:
    folder = start("fail")
    wait_for(folder, "failed")
    assert observe(folder).error == {
        "message": "The data is not there.",
        "hint": f"Give the ID of some. Resume with: labtop process resume {folder.id}",
        "code": None,
    }


def test_waits_of_tests_end_with_the_job() -> None:
    folder = start("fail")
    with pytest.raises(AssertionError, match=f"{folder.id} is failed: .*The data is not there"):
        wait_for(folder, "succeeded", seconds=600)
    with pytest.raises(AssertionError, match=r"is failed: .*The data is not there"):
        wait_for_progress(folder)


def test_exception_ends_the_job_and_its_traceback_is_logged() -> None:
    folder = start("crash")
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    assert "ZeroDivisionError: a defect" in error["message"]
    assert "Traceback" in folder.log.read_text()
    assert "Traceback" not in error["message"]


def test_killed_worker_is_reported_with_its_signal() -> None:
    folder = start("die")
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    assert "signal 9" in error["message"]


def test_job_survives_its_terminal(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    code = (
        "from tests.core.jobs.test_lifecycle import start\n"
        f"print(start('count', steps=5, until={str(tmp_path / 'go')!r}).id, flush=True)\n"
        "import time; time.sleep(600)\n"
    )

    def own_terminal() -> None:
        os.setsid()
        os.close(os.open(os.ttyname(0), os.O_RDWR))  # opening it makes it the session's controlling terminal

    shell = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=child_environment(),
        preexec_fn=own_terminal,
    )
    os.close(follower)
    folder = JobStore().find(os.read(leader, 200).decode().split()[0])
    wait_for_progress(folder)
    os.close(leader)  # the terminal hangs up
    assert shell.wait(60) == -signal.SIGHUP
    assert observe(folder).status == "running"
    (tmp_path / "go").touch()
    wait_for(folder, "succeeded")
    assert read_state(folder).result == {"counted": 5}


def test_killed_runner_ends_its_tree_and_is_lost() -> None:
    folder = start("count", steps=1, until="/nowhere")
    wait_for_progress(folder)
    pid = observe(folder).pid
    assert pid is not None
    workers = psutil.Process(pid).children(recursive=True)
    assert workers
    os.kill(pid, signal.SIGKILL)
    wait_for(folder, "lost")
    assert not wait_gone(workers, 60)


def test_cancel_ends_a_stubborn_grandchild_in_its_own_session(tmp_path: Path) -> None:
    folder = start("spawn", pid_file=str(tmp_path / "pid"))
    wait_in_job(folder, (tmp_path / "pid").exists)
    grandchild = psutil.Process(int((tmp_path / "pid").read_text()))
    assert cancel(folder, now=True) == "cancelled"
    assert is_gone(grandchild)
    assert not processes_of_job(str(folder.path))
    assert read_state(folder).stages["count"].status == "cancelled"


def test_resume_ends_processes_that_a_killed_job_left(tmp_path: Path) -> None:
    folder = start("spawn", pid_file=str(tmp_path / "pid"))
    wait_in_job(folder, (tmp_path / "pid").exists)
    grandchild = psutil.Process(int((tmp_path / "pid").read_text()))
    pid = observe(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(folder, "lost")
    assert not is_gone(grandchild)  # it ignores SIGTERM
    (tmp_path / "pid").unlink()
    again = resume(folder, JobStore())
    assert is_gone(grandchild)
    wait_in_job(again, (tmp_path / "pid").exists)
    assert again.spec.resumes == folder.id
    assert again.spec.options == folder.spec.options
    assert cancel(again, now=True) == "cancelled"


def test_job_is_not_resumed_while_its_resumption_runs(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(folder)
    assert cancel(folder) == "cancelled"
    again = resume(folder, JobStore())
    with pytest.raises(LabtopError, match=f"was already resumed as {again.id}"):
        resume(folder, JobStore())
    (tmp_path / "go").touch()
    wait_for(again, "succeeded")


def test_one_of_two_concurrent_resumes_starts(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(folder)
    assert cancel(folder) == "cancelled"
    came: list[JobFolder | LabtopError] = []

    def resume_it() -> None:
        try:
            came.append(resume(folder, JobStore()))
        except LabtopError as error:
            came.append(error)

    rivals = [threading.Thread(target=resume_it) for _ in range(2)]
    for rival in rivals:
        rival.start()
    for rival in rivals:
        rival.join()
    (winner,) = [one for one in came if isinstance(one, JobFolder)]
    (loser,) = [one for one in came if isinstance(one, LabtopError)]
    assert loser.message == f"Job {folder.id} was already resumed as {winner.id}."
    (tmp_path / "go").touch()
    wait_for(winner, "succeeded")


def test_job_with_a_resumed_resumption_is_not_resumed(tmp_path: Path) -> None:
    first = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(first)
    assert cancel(first) == "cancelled"
    second = resume(first, JobStore())
    assert cancel(second) == "cancelled"
    third = resume(second, JobStore())
    with pytest.raises(LabtopError, match=f"was already resumed as {third.id}"):
        resume(first, JobStore())
    (tmp_path / "go").touch()
    wait_for(third, "succeeded")


def test_cancel_lets_the_work_clean_up(tmp_path: Path) -> None:
    folder = start("count", steps=1, until="/nowhere")
    wait_for_progress(folder)
    assert cancel(folder) == "cancelled"
    state = read_state(folder)
    assert state.error is None
    assert state.status == "cancelled"


def test_watchers_do_not_affect_the_job(tmp_path: Path) -> None:
    folder = start("count", steps=40, pause=0.02, until=str(tmp_path / "go"))
    watchers: list[list[Event]] = []
    for _ in range(2):
        tail = EventTail(folder.events)
        seen: list[Event] = []
        while len(seen) < 5:
            seen.extend(tail.read())
        watchers.append(seen)
    assert observe(folder).status == "running"
    (tmp_path / "go").touch()
    wait_for(folder, "succeeded")
    everything = EventTail(folder.events).read()
    for seen in watchers:
        assert seen == everything[: len(seen)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def test_full_disk_of_the_output_ends_the_job(small_disk: Path) -> None:
    folder = start("fill", file=str(small_disk / "data"))
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    assert error["message"].startswith("The disk is full")
    assert folder.id in error["hint"]


def test_full_disk_of_the_job_folder_ends_the_job(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABTOP_HOME", str(small_disk))
    folder = start("fill", file=str(small_disk / "data"))
    wait_for(folder, "failed")
    assert str(read_state(folder).error).count("The disk is full") == 1
    (small_disk / "data").unlink()
    remove(folder)


def test_remove_rejects_a_running_job(tmp_path: Path) -> None:
    folder = start("count", steps=1, until=str(tmp_path / "go"))
    wait_for_progress(folder)
    with pytest.raises(LabtopError, match="is running") as caught:
        remove(folder)
    assert caught.value.hint == f"Stop it first: labtop process cancel {folder.id}"
    with pytest.raises(LabtopError, match="is running"):
        resume(folder, JobStore())
    (tmp_path / "go").touch()
    wait_for(folder, "succeeded")
    with pytest.raises(LabtopError, match="nothing to resume"):
        resume(folder, JobStore())
    remove(folder)
    assert not folder.path.exists()
    with pytest.raises(LabtopError, match="no job"):
        JobStore().find(folder.id)


def test_folder_named_core_in_the_current_directory_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "__init__.py").write_text("raise SystemExit('the wrong core')")
    monkeypatch.chdir(tmp_path)
    folder = start("count", steps=1)
    wait_for(folder, "succeeded")


def test_secrets_appear_in_no_file(tmp_path: Path) -> None:
    spec = new_spec("run", "tests.core.jobs.work:run", {"do": "count", "steps": 2}, title="Secret")
    folder = launch(spec, environment={"LABTOP_API_KEY": "s3cr3t-value"})
    wait_for(folder, "succeeded")
    for file in folder.path.rglob("*"):
        assert not file.is_file() or b"s3cr3t-value" not in file.read_bytes()
