"""Joining a job of another node, and what each side says when the other one is missing, different or dead."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from core.errors import LabtopError
from core.jobs.control import cancel
from core.jobs.folder import JobFolder
from core.jobs.launch import launch
from core.jobs.nodes import member as member_module
from core.jobs.nodes.here import RanksRegistry
from core.jobs.nodes.member import Member
from core.jobs.nodes.shared import Pulse, SharedFolder
from core.jobs.observe import observe, read_state
from core.jobs.spec import new_spec
from core.jobs.stop import CANCEL
from core.serving.exclusion import family
from tests.core.jobs.workers.ranks import two_nodes
from tests.ports import free_port
from tests.waiting import wait_for, wait_for_progress, wait_in_job


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    return {"endpoint": f"127.0.0.1:{free_port()}", "shared": str(tmp_path / "nodes"), "pause": 0.02}


def start(options: dict[str, Any], **more: Any) -> JobFolder:
    spec = new_spec("train", "tests.core.jobs.workers.ranks:run", {**options, **more}, title="Ranks")
    return launch(spec)


def member(options: dict[str, Any], asked: Callable[[], int] = lambda: 0, **more: Any) -> Member:
    launcher = two_nodes(1, options["endpoint"], options["shared"], more.get("wait", 60.0))
    return Member(launcher, {**options, **more}, lambda _line: None, asked)


def error_of(folder: JobFolder) -> str:
    wait_for(folder, "failed")
    error = observe(folder).error
    assert error is not None
    return str(error["message"])


def test_pulse_blames_no_node_for_its_own_delays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("core.jobs.nodes.shared.time.monotonic", lambda: now)
    pulse = Pulse(tmp_path / "beat")
    pulse.file.write_text("1")
    assert (pulse.look(), pulse.alive) == (0.0, False)
    now = 500.0  # the reader itself was stopped
    assert pulse.look() == 2.0
    now = 501.0
    assert pulse.look() == 3.0
    pulse.file.write_text("2")
    assert (pulse.look(), pulse.alive) == (0.0, True)


def test_missing_nodes_are_named(options: dict[str, Any]) -> None:
    folder = start(options, wait=0.2)
    assert error_of(folder) == "Node rank 1 did not join within 0 s."
    assert [note["message"] for note in read_state(folder).notes] == [
        "Waiting for node rank 1 to join, for at most 0 s."
    ]
    shared = SharedFolder(Path(options["shared"]) / folder.id)
    end = shared.read_end()
    assert end is not None and end["status"] == "failed"
    with pytest.raises(LabtopError, match=r"Node rank 0 did not start a job in .* within 0 s"):
        member(options, wait=0.2).run()  # a job that has ended is not joined


def test_other_options_or_a_taken_rank_are_refused(options: dict[str, Any]) -> None:
    folder = start(options, wait=60.0, steps=5)
    with pytest.raises(LabtopError, match=r"^steps is 6 on this node and 5 on node rank 0"):
        member(options, wait=60.0, steps=6).run()
    shared = SharedFolder(Path(options["shared"]) / folder.id)
    assert shared.join(1, {"host": "gpu7"})
    with pytest.raises(LabtopError, match="Node rank 1 has already joined, from gpu7"):
        member(options, wait=60.0, steps=5).run()
    assert cancel(folder, now=True) == "cancelled"


def test_request_on_any_node_stops_the_job_that_waits(options: dict[str, Any]) -> None:
    folder = start(options)
    shared = SharedFolder(Path(options["shared"]) / folder.id)
    wait_in_job(folder, lambda: shared.read_job() is not None)
    shared.request_stop()
    wait_for(folder, "cancelled")


@pytest.mark.slow
def test_failed_rank_of_another_node_ends_the_job_with_its_error(options: dict[str, Any]) -> None:
    folder = start(options, rank=1, how="raise")
    end = member(options, rank=1, how="raise").run()
    assert error_of(folder) == "Rank 1 has no data."
    assert (end["job"], end["status"], end["error"]["message"]) == (folder.id, "failed", "Rank 1 has no data.")


@pytest.mark.slow
def test_killed_rank_of_another_node_is_named_with_its_node(options: dict[str, Any]) -> None:
    folder = start(options, rank=1, how="kill")
    end = member(options, rank=1, how="kill").run()
    host = socket.gethostname()
    command = f"labtop process resume {folder.id}"
    assert end["error"]["hint"].endswith(f"To resume, start the same command again, and on {host}: {command}")
    assert (observe(folder).error or {})["hint"].endswith(f"Resume with: {command}")
    assert error_of(folder).startswith(
        f"Rank 1 of tests.core.jobs.workers.ranks on node rank 1 ({socket.gethostname()}) was ended by signal 9"
    )


@pytest.mark.slow
def test_node_that_leaves_is_named(options: dict[str, Any]) -> None:
    folder = start(options)
    sessions: set[int] = set()

    def asked() -> int:
        sessions.update(
            os.getsid(child.pid) for child in psutil.Process().children() if "torchrun" in str(child.cmdline())
        )
        state = read_state(folder)
        return 2 if state.stages.get("reduce") and state.stages["reduce"].progress else 0

    with pytest.raises(KeyboardInterrupt):
        member(options, asked=asked).run()
    assert sessions and os.getsid(0) not in sessions  # the terminal's Ctrl+C must not reach the ranks
    assert error_of(folder) == f"Node rank 1 ({socket.gethostname()}) was stopped there."
    assert not (SharedFolder(Path(options["shared"]) / folder.id).control / CANCEL).exists()


@pytest.mark.slow
def test_ranks_of_another_nodes_job_are_recorded_while_they_run(options: dict[str, Any]) -> None:
    folder = start(options, steps=5, pause=0.3)
    seen: set[str] = set()
    ranks: set[int] = set()

    def asked() -> int:
        for record in RanksRegistry().read():
            seen.add(record.name)
            with suppress(psutil.Error):  # one that ends meanwhile
                ranks.update(pid for pid in family(record.pid) if "RANK" in psutil.Process(pid).environ())
        return 0

    assert member(options, asked=asked, steps=5, pause=0.3).run()["status"] == "succeeded"
    assert seen == {f"{folder.id} of {socket.gethostname()}"}
    assert ranks
    assert RanksRegistry().read() == []


def test_node_without_room_does_not_join(options: dict[str, Any]) -> None:
    folder = start(options, wait=20.0)
    taking_part = member(options, wait=20.0)
    taking_part.check_room = _no_room
    with pytest.raises(LabtopError, match="GPU 0 is used"):
        taking_part.run()
    assert SharedFolder(Path(options["shared"]) / folder.id).joined(1) is None
    assert cancel(folder, now=True) == "cancelled"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "why"),
    [
        (LabtopError("GPU 0 is used."), "left: GPU 0 is used."),
        (ValueError("no driver"), "failed: ValueError: no driver."),
    ],
)
def test_node_that_has_no_room_any_more_leaves(options: dict[str, Any], error: Exception, why: str) -> None:
    folder = start(options)
    checks: list[None] = []

    def check_room() -> None:
        checks.append(None)
        if len(checks) > 1:
            raise error

    taking_part = member(options)
    taking_part.check_room = check_room
    with pytest.raises(type(error)):
        taking_part.run()
    assert error_of(folder) == f"Node rank 1 ({socket.gethostname()}) {why}"


def _no_room() -> None:
    raise LabtopError("GPU 0 is used.")


@pytest.mark.slow
def test_killed_owner_ends_the_other_nodes(options: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_module, "SILENT_SECONDS", 2.5)
    folder = start(options)

    def kill() -> None:
        wait_for_progress(folder, "reduce")
        os.kill(observe(folder).pid or 0, 9)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(LabtopError, match="Node rank 0 ended without reporting"):
        member(options).run()
    killer.join()
    wait_for(folder, "lost")
