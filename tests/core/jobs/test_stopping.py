"""A request to stop: what the work gets to save what it has, and when it is interrupted after all."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

from core.jobs.control import cancel, request_cancel
from core.jobs.observe import observe
from core.jobs.processes import processes_of_job
from core.jobs.stop import StopRequest
from tests.core.jobs.workers.test_ranks import start
from tests.waiting import wait_for, wait_for_progress, wait_in_job, wait_until


def test_work_that_checks_for_requests_saves_before_it_ends(tmp_path: Path) -> None:
    folder = start("stoppable", save=str(tmp_path), stop_seconds=600)
    wait_for_progress(folder)
    said: list[str] = []
    canceller = threading.Thread(target=lambda: said.append(cancel(folder)))
    canceller.start()
    wait_in_job(folder, (tmp_path / "saving").exists)
    assert observe(folder).status == "running"
    (tmp_path / "let").touch()
    canceller.join()
    assert said == ["cancelled"]
    assert (tmp_path / "saved").exists()


def test_sigterm_to_the_runner_is_a_stop_request(tmp_path: Path) -> None:
    folder = start("stoppable", save=str(tmp_path), stop_seconds=600)
    wait_for_progress(folder)
    (tmp_path / "let").touch()
    pid = observe(folder).pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    wait_for(folder, "cancelled")
    assert (tmp_path / "saved").exists()


def test_cancel_now_does_not_wait_for_saving(tmp_path: Path) -> None:
    folder = start("stoppable", save=str(tmp_path), stop_seconds=600)
    wait_for_progress(folder)
    request_cancel(folder)
    wait_in_job(folder, (tmp_path / "saving").exists)
    assert cancel(folder, now=True) == "cancelled"
    assert not (tmp_path / "saved").exists()
    assert not processes_of_job(str(folder.path))


def test_work_that_never_checks_is_interrupted_after_stop_seconds(tmp_path: Path) -> None:
    folder = start("stoppable", save=str(tmp_path), stop_seconds=0.5, deaf=True)
    wait_for_progress(folder)
    assert cancel(folder) == "cancelled"


def test_stop_request_is_polled_rarely_and_remembered(tmp_path: Path) -> None:
    asked = StopRequest(tmp_path)
    assert not asked()
    (tmp_path / "cancel").touch()
    wait_until(asked)
    (tmp_path / "cancel").unlink()
    assert asked()
