"""A node other than node rank 0: it joins the job that node rank 0 announces, runs its ranks, and ends with the job."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.figures import duration
from core.jobs.launchers import TorchrunLauncher, request_file
from core.jobs.nodes.here import RanksHere, RanksRegistry
from core.jobs.nodes.shared import LOST_SECONDS, SILENT_SECONDS, Pulse, SharedFolder, start_beating
from core.jobs.processes import GRACE_SECONDS, JOB_VARIABLE, child_environment, end_tree

POLL_SECONDS = 0.2

END_SECONDS = 90.0
"""The longest time for node rank 0 to report the job's end after this node's ranks have failed."""

OWN = frozenset(("node_rank", "data_output_dir"))
"""Options that may differ between nodes."""

Say = Callable[[str], object]
"""Receives a line about what happens."""


@dataclass
class Member:
    """This node's part in a job."""

    launcher: TorchrunLauncher
    """With `shared` as the folder for all jobs of the output folder."""
    options: Mapping[str, Any]
    """Of the job, as this node's command line has them."""
    say: Say
    stop_requests: Callable[[], int]
    """How often this process was asked to stop: the first time asks the whole job, the second ends this node."""
    check_room: Callable[[], object] = lambda: None
    """Called before this node joins, and before its ranks start. Raises LabtopError if they have no room here."""
    _child: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _ranks: RanksHere | None = field(default=None, init=False)

    def run(self) -> dict[str, Any]:
        """Take part until the job ends; returns how it ended: {job, status, error, result, seconds}.

        Raises LabtopError when the job does not start in time, node rank 0 is lost, or there is no room here, and
        KeyboardInterrupt when asked to stop while waiting for it, or for the second time.
        """
        shared = self._find()
        self.check_room()
        job = self._join(shared)
        node = self.launcher.node_rank
        start_beating(shared.beat_file(node))
        try:
            return self._follow(shared, job)
        except LabtopError as error:
            shared.leave(node, f"left: {error.message.rstrip('.')}")
            raise
        except KeyboardInterrupt:
            shared.leave(node, "was stopped there")
            raise
        except Exception as error:
            shared.leave(node, f"failed: {type(error).__name__}: {error}")
            raise
        finally:
            if self._child is not None and self._child.poll() is None:
                end_tree(self._child.pid, 0)
            self._forget_ranks()

    def _find(self) -> SharedFolder:
        """The running job of the output folder."""
        launcher = self.launcher
        assert launcher.shared is not None
        deadline = time.monotonic() + launcher.wait_seconds
        said = False
        pulses: dict[Path, Pulse] = {}
        while True:
            for shared in _announced(launcher.shared):
                pulse = pulses.setdefault(shared.path, Pulse(shared.beat_file(0)))
                pulse.look()
                if pulse.alive:
                    return shared
            if self.stop_requests():
                raise KeyboardInterrupt
            if not said and not pulses:
                said = True
                self.say(
                    f"Node rank {launcher.node_rank} waits for node rank 0 to start the job in "
                    f"{launcher.shared.parent}, for at most {duration(launcher.wait_seconds)}."
                )
            if time.monotonic() > deadline:
                raise LabtopError(
                    f"Node rank 0 did not start a job in {launcher.shared.parent} within"
                    f" {duration(launcher.wait_seconds)}.",
                    hint="Run the same command there with --node-rank 0; all nodes must see that folder.",
                    code="node-missing",
                )
            time.sleep(POLL_SECONDS)

    def _join(self, shared: SharedFolder) -> dict[str, Any]:
        """Take this node's place. Raises LabtopError when the options do not belong to the job."""
        launcher = self.launcher
        job = shared.read_job() or {}
        ours = {"rdzv_id": launcher.rdzv_id, "nnodes": launcher.nnodes, "processes": launcher.processes}
        names = {"rdzv_id": "--rdzv-id", "nnodes": "--nnodes", "processes": "--nproc-per-node"}
        for name, value in ours.items():
            if job.get(name) != value:
                raise _other(names[name], value, job.get(name))
        theirs = dict(_flat(job.get("options") or {}))
        for name, value in _flat(self.options):
            if name.rpartition(".")[2] not in OWN and theirs.get(name) != value:
                raise _other(name, value, theirs.get(name))
        if not shared.join(launcher.node_rank, {"host": socket.gethostname()}):
            other = shared.joined(launcher.node_rank) or {}
            raise LabtopError(
                f"Node rank {launcher.node_rank} has already joined, from {other.get('host', 'another host')}.",
                hint="Give each node its own --node-rank.",
                code="node-taken",
            )
        self.say(
            f"Node rank {launcher.node_rank} joins {job['job']} of {job.get('host')} with"
            f" {launcher.processes} of {launcher.processes * launcher.nnodes} processes."
        )
        return job

    def _follow(self, shared: SharedFolder, job: Mapping[str, Any]) -> dict[str, Any]:
        owner = Pulse(shared.beat_file(0))
        number, failed, stopping = 0, None, False
        while True:
            if (end := shared.read_end()) is not None:
                self._let_end(end)
                return end
            if (asked := self.stop_requests()) > 1:
                raise KeyboardInterrupt
            if asked and not stopping:
                stopping = True
                self.say(
                    f"Stopping {job['job']} on all nodes; what is saved is kept. Press Ctrl+C again to leave it now."
                )
                shared.request_stop()
            silent = owner.look()
            if failed is not None:
                self._check_failed(silent, failed)
            elif silent > LOST_SECONDS:
                raise _owner_lost(f"has given no sign of life for {duration(LOST_SECONDS)}")
            elif self._child is None:
                if request_file(shared.path, number).exists():
                    self.check_room()
                    self._child = self._start(shared, number)
                    self._ranks = RanksRegistry().add(self._child.pid, job["job"], str(job.get("host")))
                    number += 1
            elif (status := self._child.poll()) is not None:
                self._child = None
                self._forget_ranks()
                failed = time.monotonic() if status else None
            time.sleep(POLL_SECONDS)

    def _forget_ranks(self) -> None:
        if self._ranks is not None:
            RanksRegistry().remove(self._ranks)
            self._ranks = None

    @staticmethod
    def _check_failed(silent: float, failed: float) -> None:
        """Raises LabtopError if node rank 0 will not report why the ranks failed."""
        if silent > SILENT_SECONDS:
            raise _owner_lost("ended without reporting the job's end")
        if time.monotonic() - failed > END_SECONDS:
            raise _owner_lost("has not reported the job's end, although the ranks of this node have failed")

    def _let_end(self, end: Mapping[str, Any]) -> None:
        """Wait for the processes of a job that has ended; those of one that failed may hang."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(GRACE_SECONDS if end.get("status") == "succeeded" else POLL_SECONDS)
            end_tree(self._child.pid, POLL_SECONDS)

    def _start(self, shared: SharedFolder, number: int) -> subprocess.Popen[bytes]:
        launcher = self.launcher.in_folder(shared.path)
        with shared.log(launcher.node_rank).open("ab") as log:
            return subprocess.Popen(
                launcher.argv(shared.path, number),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=shared.path,
                start_new_session=True,  # Ctrl+C and the end of the terminal are for this process only
                env=child_environment({JOB_VARIABLE: str(shared.path)}),
            )


def _announced(root: Path) -> Iterator[SharedFolder]:
    """The jobs in a folder that have not ended, alive or not."""
    for path in root.iterdir() if root.is_dir() else ():
        shared = SharedFolder(path)
        if shared.read_job() is not None and shared.read_end() is None:
            yield shared


def _flat(options: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The values of nested options by their dotted names."""
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _other(name: str, ours: object, theirs: object) -> LabtopError:
    return LabtopError(
        f"{name} is {ours} on this node and {theirs} on node rank 0.",
        hint="Run the same command on all nodes; only --node-rank differs.",
        code="other-options",
    )


def _owner_lost(what: str) -> LabtopError:
    return LabtopError(
        f"Node rank 0 {what}.",
        hint="Its command was ended, or its machine or network failed. Start the job again on all nodes; it resumes.",
        code="node-lost",
    )
