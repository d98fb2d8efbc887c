"""A worker from its runner's side: its reports, whether it has ended, and its result or error."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from typing import Any

from core.errors import LabtopError
from core.jobs.folder import JobFolder
from core.jobs.launchers import Launcher
from core.jobs.nodes.owner import NodesOwner
from core.jobs.processes import end_processes, tree
from core.jobs.tail import LineTail
from core.jobs.workers.process import EXIT_DISK_FULL
from core.jobs.writer import EventWriter

DRAIN_SECONDS = 3.0
"""The longest time to read a stopped worker's remaining reports."""

NODES_SECONDS = 30.0
"""The longest time for the other nodes to report how their ranks ended; a dead node is recognised earlier."""

PROCESS_DIED = "process-died"
PROCESS_KILLED = "process-killed"
PEER_LOST = "peer-lost"
"""Codes of errors. The last one is a consequence: another rank has ended, and its own error is the one to report."""

FAILED_SECONDS = 10.0
"""The time for the other ranks to end when one has failed; they may hang in a collective, and torchrun waits longer."""


@dataclass(frozen=True)
class Exit:
    """How a process ended."""

    code: int
    """The exit status, or minus the number of the signal that ended it."""
    time: float
    """When it was noticed, in seconds since 1970."""


class Worker:
    """A process or the ranks of a distributed run, started by `start_worker`. For the runner's main thread only."""

    def __init__(
        self,
        number: int,
        target: str,
        launcher: Launcher,
        process: subprocess.Popen[bytes],
        writer: EventWriter,
        nodes: NodesOwner | None = None,
    ) -> None:
        self.number = number
        self.target = target
        self.pid = process.pid
        self._process = process
        self._writer = writer
        self._folder: JobFolder = writer.folder
        self._ranks = {rank: LineTail(file) for rank, file in launcher.event_files(self._folder.path, number).items()}
        self._agents = [LineTail(file) for file in launcher.agent_files(self._folder.path, number)]
        self._nodes = nodes
        self._launcher = launcher
        self._lost: LabtopError | None = None
        """The error of a node that died without a report."""
        self._ends: dict[int, dict[str, Any]] = {}
        """How each rank reported its end: the data of `worker_finished`, and its `time`."""
        self._exits: dict[int, Exit] = {}
        """How unsuccessful ranks exited, as far as it is known."""
        self._ended_nodes: set[int] = set()
        """Nodes whose agent has reported."""
        self._agent_error: dict[str, Any] | None = None
        self._failed: float | None = None
        self._ended: float | None = None
        self.done = False
        """Whether it has ended and all its reports were forwarded."""

    def poll(self) -> bool:
        """Forward new reports; returns whether there were any."""
        if self.done:
            return False
        running = self._process.poll() is None  # before reading, so that the last reports are not missed
        read = self._read()
        if running and self._failed is not None and time.monotonic() - self._failed > FAILED_SECONDS:
            end_processes(tree(self.pid), 0)
        if not running and not read:
            self._ended = self._ended or time.monotonic()
            if not self._agents:
                self._exits.setdefault(0, Exit(self._process.returncode, time.time()))
            self.done = self._nodes is None or self._is_complete(self._nodes, time.monotonic() - self._ended)
        return read

    def _is_complete(self, nodes: NodesOwner, waited: float) -> bool:
        """Whether the other nodes have reported how their ranks ended, or cannot any more."""
        missing = {
            self._launcher.node_of(rank) for rank in self._ranks if not (rank in self._ends or rank in self._exits)
        }
        errors = [nodes.dead(node) for node in sorted(missing & set(nodes.nodes) - self._ended_nodes)]
        self._lost = next(filter(None, errors), None)
        return all(errors) or waited > NODES_SECONDS

    def _read(self) -> bool:
        found = False
        for rank, tail in self._ranks.items():
            lines = tail.read()
            found = found or bool(lines)
            self._merge(rank, lines)
        for node, tail in enumerate(self._agents):
            for record in _records(tail.read()):
                found = True
                self._ended_nodes.add(node)
                end = record["data"]
                exits = (end["result"] or {}).get("exits", {})
                self._exits |= {int(rank): Exit(*how) for rank, how in exits.items()}
                self._agent_error = end["error"] or self._agent_error
        return found

    def _merge(self, rank: int, lines: list[bytes]) -> None:
        for record in _records(lines):
            if record["type"] == "worker_finished":
                self._ends[rank] = {**record["data"], "time": record["time"]}
                if record["data"]["status"] == "failed":
                    self._failed = self._failed or time.monotonic()
            elif rank:  # it may run on another host with other clocks
                self._writer.write(record["type"], record["stage"], record["data"])
            else:
                self._writer.append(
                    record["type"], record["stage"], record["data"], record["time"], record["monotonic"]
                )

    def drain_reports(self) -> None:
        """Forward the remaining reports of a worker that was ended from outside, for a limited time."""
        self._process.wait()
        deadline = time.monotonic() + DRAIN_SECONDS
        with suppress(LabtopError):  # the error that ended the worker matters more
            while time.monotonic() < deadline and self._read():
                pass
        self.done = True

    def result(self) -> dict[str, Any]:
        """The return value of the function, in rank 0. Call it when the worker is done.

        Raises the LabtopError that it failed with, one that says how a rank died, or KeyboardInterrupt when it stopped
        on request.
        """
        if self._lost is not None:
            raise self._lost
        death = first_death(self._ends, self._exits)
        if death is not None:
            raise self._death(*death)
        end = first_failure(self._ends)
        if end is None:
            end = self._ends.get(0)
        if end is None and self._agent_error is not None:
            raise LabtopError.from_data(self._agent_error)
        if end is None:
            raise self._death(None, self._process.returncode)
        if end["status"] == "cancelled":
            raise KeyboardInterrupt
        if end["status"] == "failed":
            raise LabtopError.from_data(end["error"])
        result: dict[str, Any] = end["result"] or {}
        return result

    def _death(self, rank: int | None, code: int) -> LabtopError:
        """The error for a process that ended without a report."""
        if code == EXIT_DISK_FULL:
            return LabtopError(
                f"The disk is full: no space is left in {self._folder.path}.",
                hint="Free some space (df -h shows where).",
                code="disk-full",
                job_command="resume",
            )
        module = self.target.partition(":")[0]
        process = f"The worker process of {module}"
        if len(self._ranks) > 1 and rank is not None:
            process = f"Rank {rank} of {module}"
            if self._nodes is not None:
                process += f" on {self._nodes.shared.host_of(self._launcher.node_of(rank))}"
        how = f"was ended by signal {-code}" if code < 0 else f"ended with status {code}"
        cause = " The kernel does this when memory runs out." if code == -signal.SIGKILL else ""
        return LabtopError(
            f"{process} {how} before it finished.{cause}",
            hint=f"labtop process logs {self._folder.id} has the details.",
            code=PROCESS_KILLED if code == -signal.SIGKILL else PROCESS_DIED,
            job_command="resume",
        )


def first_death(ends: Mapping[int, Mapping[str, Any]], exits: Mapping[int, Exit]) -> tuple[int, int] | None:
    """The rank that died without a report, with its exit status, if that ended the worker and caused the other errors.

    Ranks that were ended because of another's failure do not count: torchrun sends them SIGTERM, and kills them later.
    An abort or SIGTERM without a reported failure ranks second: NCCL aborts the ranks that waited for the first one.
    """
    failed = [end["time"] for end in ends.values() if end["status"] == "failed"]
    latest = min(failed, default=inf) + FAILED_SECONDS / 2
    silent = [
        (how.code in (-signal.SIGABRT, -signal.SIGTERM), how.time, rank, how.code)
        for rank, how in exits.items()
        if rank not in ends and how.time <= latest and not (failed and how.code == -signal.SIGTERM)
    ]
    if not silent:
        return None
    *_, rank, code = min(silent)
    return rank, code


def first_failure(ends: Mapping[int, Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The end of the rank that failed first, or else was stopped first: the likely cause of the others' ends."""
    failed = [end for end in ends.values() if end["status"] != "succeeded"]
    return min(failed, key=lambda end: (end["status"] == "cancelled", _is_consequence(end), end["time"]), default=None)


def _is_consequence(end: Mapping[str, Any]) -> bool:
    return (end.get("error") or {}).get("code") == PEER_LOST


def _records(lines: list[bytes]) -> list[dict[str, Any]]:
    """The records of complete lines; a full disk may cut a line short."""
    records = []
    for line in lines:
        with suppress(ValueError):
            records.append(json.loads(line))
    return records
