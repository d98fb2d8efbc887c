"""Node rank 0's side of a job on several nodes: it opens the shared folder, waits for the others, and watches them."""

from __future__ import annotations

import json
import shutil
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import LabtopError, disk_error
from core.events import Reporter
from core.figures import duration
from core.files import write_atomic
from core.jobs.folder import JobFolder
from core.jobs.launchers import TorchrunLauncher, request_file
from core.jobs.nodes.shared import (
    LOST_SECONDS,
    SILENT_SECONDS,
    Pulse,
    SharedFolder,
    read_record,
    start_beating,
)
from core.jobs.stop import CANCEL, StopRequest

PLACE_FILE = "nodes.json"
"""In the job's folder: where its shared folder is."""

POLL_SECONDS = 0.1


class NodesOwner:
    """The nodes of one job."""

    def __init__(self, folder: JobFolder, launcher: TorchrunLauncher) -> None:
        """Announce the job. Raises LabtopError when the shared folder cannot be written."""
        assert launcher.shared is not None
        self.nodes = range(1, launcher.nnodes)
        self.rdzv_endpoint = launcher.rdzv_endpoint
        self.wait_seconds = launcher.wait_seconds
        self.shared = SharedFolder(launcher.shared / folder.id)
        self._folder = folder
        _remove_ended(launcher.shared)
        try:
            self.shared.control.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, f"creating {self.shared.path}") from error
        agreed = {"rdzv_id": launcher.rdzv_id, "nnodes": launcher.nnodes, "processes": launcher.processes}
        record = {"job": folder.id, "host": socket.gethostname(), **agreed, "options": folder.spec.options}
        start_beating(self.shared.beat_file(0), self._pass_on_stop)
        write_atomic(folder.path / PLACE_FILE, json.dumps({"path": str(self.shared.path)}))
        write_atomic(self.shared.path / "job.json", json.dumps(record))
        self._pulses = {node: Pulse(self.shared.beat_file(node)) for node in self.nodes}

    @property
    def logs(self) -> list[Path]:
        """The output of the ranks on other nodes."""
        return [self.shared.log(node) for node in self.nodes]

    def publish(self, number: int, request: Mapping[str, Any], reporter: Reporter) -> None:
        """Have all nodes run a worker; returns when they have joined.

        Raises LabtopError that names those that have not, and KeyboardInterrupt when the job was asked to stop.
        """
        self._wait(reporter)
        write_atomic(request_file(self.shared.path, number), json.dumps(request))

    def _wait(self, reporter: Reporter) -> None:
        deadline = time.monotonic() + self.wait_seconds
        reported = False
        while missing := [node for node in self.nodes if self.shared.joined(node) is None]:
            if reporter.stop_requested():
                raise KeyboardInterrupt
            if not reported:
                reported = True
                reporter.note(
                    "info",
                    f"Waiting for {_ranks(missing)} to join, for at most {duration(self.wait_seconds)}.",
                    hint="Run the same command on each other node, with its own --node-rank. All nodes must see "
                    f"{self.shared.path.parent}.",
                )
            if time.monotonic() > deadline:
                raise LabtopError(
                    f"{_ranks(missing).capitalize()} did not join within {duration(self.wait_seconds)}.",
                    hint=f"Start it with the same command and its --node-rank. All nodes must see the folder "
                    f"{self.shared.path.parent}, and reach {self.rdzv_endpoint}.",
                    code="node-missing",
                    job_command="resume",
                )
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Raises LabtopError for a node that has left, or has given no sign of life for minutes."""
        for node, pulse in self._pulses.items():
            if reason := self.shared.left(node):
                raise self._error(node, reason)
            if pulse.look() > LOST_SECONDS:
                raise self._error(node, f"has given no sign of life for {duration(LOST_SECONDS)}")

    def dead(self, node: int) -> LabtopError | None:
        """The error for a node whose ranks ended without a report; None while it may still report."""
        if reason := self.shared.left(node):
            return self._error(node, reason)
        if node in self._pulses and self._pulses[node].look() > SILENT_SECONDS:
            return self._error(node, "ended before the job did")
        return None

    def _error(self, node: int, what: str) -> LabtopError:
        who = self.shared.host_of(node)
        return LabtopError(
            f"{who[0].upper()}{who[1:]} {what}.",
            hint=f"Its command was ended, or its machine or network failed; its output: {self.shared.log(node)}",
            code="node-lost",
            job_command="resume",
        )

    def _pass_on_stop(self) -> None:
        """A request to stop on one node is one for all."""
        ours, theirs = self._folder.control, self.shared.control
        if StopRequest(ours)():
            (theirs / CANCEL).touch()
        elif (theirs / CANCEL).exists():
            (ours / CANCEL).touch()


def publish_end(folder: JobFolder, end: Mapping[str, Any], seconds: float) -> None:
    """Report to the other nodes how the job ended, if it has other nodes."""
    record = read_record(folder.path / PLACE_FILE)
    if record is None:
        return
    error = end["error"]
    if error is not None:  # its job is on this node
        host = socket.gethostname()
        commands = {
            "resume": f"To resume, start the same command again, and on {host}: labtop process resume {folder.id}",
            "logs": f"Details on {host}: labtop process logs {folder.id}",
        }
        error = with_command_hint(error, commands.get(error.get("job_command", "")))
    SharedFolder(Path(record["path"])).write_end({**end, "error": error, "job": folder.id, "seconds": seconds})


def with_command_hint(error: Mapping[str, Any], hint: str | None) -> dict[str, Any]:
    """An error whose hint ends with a command, in place of the field that says which one helps."""
    shown = {name: value for name, value in error.items() if name != "job_command"}
    return {**shown, "hint": " ".join(filter(None, [shown.get("hint"), hint]))} if hint else shown


def _remove_ended(root: Path) -> None:
    """Remove the shared folders of earlier jobs that have ended, or whose owner was killed a day ago."""
    for folder in root.iterdir() if root.is_dir() else ():
        shared = SharedFolder(folder)
        try:
            old = time.time() - shared.beat_file(0).stat().st_mtime > 86_400
        except OSError:
            old = False
        if old or shared.read_end() is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _ranks(nodes: list[int]) -> str:
    words = "node rank" if len(nodes) == 1 else "node ranks"
    return f"{words} {', '.join(map(str, nodes))}"
