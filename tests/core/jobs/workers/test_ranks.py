"""Several workers at a time, and the ranks of a distributed run: real processes that talk over gloo."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.jobs.control import cancel
from core.jobs.folder import JobFolder
from core.jobs.launch import launch
from core.jobs.launchers import PythonLauncher, TorchrunLauncher
from core.jobs.observe import observe, read_state
from core.jobs.processes import is_gone, processes_of_job
from core.jobs.spec import new_spec
from core.jobs.workers.handle import Exit, first_death, first_failure
from tests.waiting import wait_for, wait_for_progress, wait_in_job, wait_until


def start(function: str, **options: Any) -> JobFolder:
    return launch(new_spec("train", f"tests.core.jobs.workers.ranks:{function}", options, title="Ranks"))


def notes(folder: JobFolder) -> list[str]:
    return [note["message"] for note in read_state(folder).notes]


def test_launchers_give_the_command_and_the_files_of_all_ranks() -> None:
    folder = Path("/jobs/train-x")
    assert PythonLauncher().argv(folder, 3)[1:] == ["-m", "core.jobs.workers.process", "/jobs/train-x", "3"]
    shared = Path("/shared")
    argv = TorchrunLauncher(8, nnodes=2, node_rank=1, rdzv_endpoint="node0:29500", shared=shared).argv(folder, 0)
    assert argv[1:6] == ["-m", "core.jobs.workers.torchrun", "/jobs/train-x", "0", "1"]
    assert {"--node-rank=1", "--nnodes=2", "--nproc-per-node=8", "--rdzv-endpoint=node0:29500"} <= set(argv)
    assert argv[-5:] == ["--module", "core.jobs.workers.process", "/jobs/train-x", "0", "--distributed"]
    owner = TorchrunLauncher(1, nnodes=2, rdzv_endpoint="node0:29500", shared=shared)
    assert owner.event_files(folder, 0) == {0: folder / "worker-0-0.jsonl", 1: shared / "worker-0-1.jsonl"}
    assert owner.agent_files(folder, 0) == (folder / "worker-0-node0.jsonl", shared / "worker-0-node1.jsonl")
    files = TorchrunLauncher(2).event_files(folder, 1)
    assert {rank: file.name for rank, file in files.items()} == {0: "worker-1-0.jsonl", 1: "worker-1-1.jsonl"}


@pytest.mark.parametrize(("processes", "nnodes", "node_rank"), [(0, 1, 0), (1, 2, 0), (1, 1, 1)])
def test_launchers_reject_an_invalid_layout(processes: int, nnodes: int, node_rank: int) -> None:
    with pytest.raises(ValueError):
        TorchrunLauncher(processes, nnodes, node_rank)


def test_first_error_of_several_ranks_is_reported() -> None:
    ok, lost = {"status": "succeeded", "time": 1.0}, {"status": "failed", "time": 3.0}
    killed, aborted = Exit(-9, 3.0), Exit(-6, 2.0)
    assert first_death({0: lost}, {1: killed}) == (1, -9)
    assert first_death({}, {0: aborted, 1: killed, 2: aborted}) == (1, -9)
    assert first_death({}, {0: Exit(-9, 33.0), 1: killed}) == (1, -9)
    assert first_death({0: lost, 1: lost}, {0: Exit(1, 3.0), 1: Exit(1, 3.0)}) is None
    assert first_death({0: lost}, {0: Exit(1, 3.0), 1: Exit(-9, 33.0)}) is None  # it was killed for not ending
    ended = Exit(-15, 3.5)  # by torchrun, before its handler for SIGTERM was installed
    assert first_death({1: lost}, {0: ended, 1: Exit(1, 3.0)}) is None
    assert first_death({}, {0: ended, 1: Exit(-9, 3.6)}) == (1, -9)
    assert first_death({}, {0: ended}) == (0, -15)
    assert first_failure({0: lost, 1: {**lost, "time": 2.0, "own": True}, 2: ok}) == {**lost, "time": 2.0, "own": True}
    assert first_failure({0: {**lost, "status": "cancelled", "time": 2.0}, 1: lost}) == lost  # of another clock
    assert first_failure({0: ok}) is None
    gone = {**lost, "error": {"code": "peer-lost"}}
    assert first_failure({0: {**gone, "time": 2.0}, 1: lost}) == lost  # the loss of the other rank is a consequence


@pytest.mark.slow
def test_ranks_return_the_result_of_rank_0() -> None:
    folder = start("run", steps=5, rank=1, how="note")
    wait_for(folder, "succeeded", "failed")
    state = read_state(folder)
    assert state.result == {"rank": 0, "total": 15.0}
    assert notes(folder) == ["rank 0", "Rank 1 is in trouble."]
    assert sum(event.name.startswith("worker-0-") for event in folder.path.iterdir()) == 3


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_failed_rank_ends_the_job_with_its_error(rank: int) -> None:
    folder = start("run", rank=rank, how="raise")
    wait_for(folder, "failed")
    assert observe(folder).error == {"message": f"Rank {rank} has no data.", "hint": "Give it some.", "code": None}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rank", "how", "words", "code"),
    [
        (0, "kill", "was ended by signal 9", "process-killed"),
        (1, "kill", "was ended by signal 9", "process-killed"),
        (1, "exit", "ended with status 3", "process-died"),
    ],
)
def test_killed_rank_is_named(rank: int, how: str, words: str, code: str) -> None:
    """The other rank waits in a collective meanwhile."""
    folder = start("run", rank=rank, how=how)
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    assert error["message"].startswith(f"Rank {rank} of tests.core.jobs.workers.ranks {words} before it finished.")
    assert error["code"] == code


@pytest.mark.slow
def test_hanging_rank_hides_no_failure() -> None:
    folder = start("hang")
    wait_for(folder, "failed")
    assert observe(folder).error == {"message": "Rank 1 has no data.", "hint": None, "code": None}


@pytest.mark.slow
def test_killed_runner_leaves_no_rank_alive() -> None:
    folder = start("run", pause=0.02)
    wait_for_progress(folder, "reduce")
    pid = observe(folder).pid
    assert pid is not None
    processes = psutil.Process(pid).children(recursive=True)
    assert len(processes) == 3
    os.kill(pid, signal.SIGKILL)
    wait_for(folder, "lost")
    wait_until(lambda: all(map(is_gone, processes)), what="the end of all ranks")


@pytest.mark.slow
def test_ranks_without_stop_seconds_are_interrupted_at_once() -> None:
    folder = start("run", pause=0.02)
    wait_for_progress(folder, "reduce")
    assert cancel(folder) == "cancelled"
    assert not processes_of_job(str(folder.path))


@pytest.mark.slow
def test_stopped_ranks_agree_on_a_step_and_save(tmp_path: Path) -> None:
    folder = start("run", pause=0.02, save=str(tmp_path), stop_seconds=600)
    wait_for_progress(folder, "reduce")
    assert cancel(folder) == "cancelled"
    assert (tmp_path / "rank-0").read_text() == (tmp_path / "rank-1").read_text()


def test_wait_any_returns_workers_as_they_end(tmp_path: Path) -> None:
    folder = start("several", folder=str(tmp_path))
    for name, before in zip("bca", (3, 4, 5), strict=True):
        wait_in_job(folder, lambda before=before: len(notes(folder)) == before)  # type: ignore[misc]
        (tmp_path / name).touch()
    wait_for(folder, "succeeded")
    assert read_state(folder).result == {"done": ["b", "c", "a"]}


def test_failed_worker_ends_the_others(tmp_path: Path) -> None:
    folder = start("several", folder=str(tmp_path))
    wait_in_job(folder, lambda: len(notes(folder)) == 3)
    (tmp_path / "b-fails").touch()
    wait_for(folder, "failed")
    wait_until(lambda: not processes_of_job(str(folder.path)))
    assert observe(folder).error == {"message": "b failed.", "hint": None, "code": None}
