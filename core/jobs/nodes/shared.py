"""The folder that the nodes of a job share, and the signs of life of each node in it.

    <output>/nodes/<job>/
        job.json                        what node rank 0 announces: its host, and what the nodes must agree about
        worker-<n>.request.json         what the ranks run next
        worker-<n>-<rank>.jsonl …       reports of the ranks on other nodes, as in the job's own folder
        node-<r>.json, node-<r>.log     a node that has joined, and the output of its ranks
        node-<r>.beat                   changes every second while the node lives
        node-<r>.left                   why a node left before the job's end
        control/cancel                  a request to stop, from any node
        end.json                        how the job ended; written last

Nothing here compares the clocks of two nodes.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import disk_error
from core.files import write_atomic
from core.jobs.stop import CANCEL

NODES = "nodes"
"""In the output folder."""

BEAT_SECONDS = 1.0

SILENT_SECONDS = 8.0
"""A node without a sign of life for so long is dead, if its ranks have failed …"""

LOST_SECONDS = 120.0
"""… and for so long while they run: a network file system may be busy for a minute."""


@dataclass(frozen=True)
class SharedFolder:
    """The shared folder of one job."""

    path: Path

    def read_job(self) -> dict[str, Any] | None:
        """What node rank 0 announced; None if it is not a job."""
        return read_record(self.path / "job.json")

    def read_end(self) -> dict[str, Any] | None:
        """How the job ended: {status, error, result, seconds}; None before that."""
        return read_record(self.path / "end.json")

    def write_end(self, end: dict[str, Any]) -> None:
        write_atomic(self.path / "end.json", json.dumps(end), sync=True)

    @property
    def control(self) -> Path:
        return self.path / "control"

    def request_stop(self) -> None:
        """Ask the whole job to stop, resumably."""
        (self.control / CANCEL).touch()

    def log(self, node: int) -> Path:
        return self.path / f"node-{node}.log"

    def beat_file(self, node: int) -> Path:
        return self.path / f"node-{node}.beat"

    def join(self, node: int, record: dict[str, Any]) -> bool:
        """Announce a node; returns whether its place was free."""
        try:
            descriptor = os.open(self._node_file(node), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            return False
        except OSError as error:
            raise disk_error(error, f"joining the job in {self.path}") from error
        with os.fdopen(descriptor, "w") as stream:
            stream.write(json.dumps(record))
        return True

    def joined(self, node: int) -> dict[str, Any] | None:
        """What a node announced; None if it has not joined."""
        return read_record(self._node_file(node))

    def host_of(self, node: int) -> str:
        """Such as `node rank 1 (gpu2)`."""
        host = (self.joined(node) or {}).get("host")
        return f"node rank {node} ({host})" if host else f"node rank {node}"

    def leave(self, node: int, reason: str) -> None:
        """Say why a node leaves before the job's end, as a sentence without its subject."""
        with suppress(OSError):
            (self.path / f"node-{node}.left").write_text(reason)

    def left(self, node: int) -> str | None:
        """Why a node left; None if it did not."""
        try:
            return (self.path / f"node-{node}.left").read_text() or None
        except (OSError, ValueError):
            return None

    def _node_file(self, node: int) -> Path:
        return self.path / f"node-{node}.json"


@dataclass
class Pulse:
    """How long a node has been silent, by what it writes. A reader that was delayed itself blames nobody."""

    file: Path
    silent: float = 0.0
    """Seconds since the last change that was seen."""
    alive: bool = False
    """Whether a change was seen at all."""
    _last: bytes | None = None
    _read: float = field(default_factory=time.monotonic)

    def look(self) -> float:
        """Read the file again; returns how long the node has been silent."""
        now = time.monotonic()
        self.silent += min(now - self._read, 2 * BEAT_SECONDS)
        self._read = now
        try:
            content = self.file.read_bytes()
        except OSError:
            return self.silent
        if content != self._last:
            self.alive = self._last is not None
            self._last, self.silent = content, 0.0
        return self.silent


def start_beating(file: Path, also: Callable[[], None] = lambda: None) -> None:
    """Write a sign of life to a file every second until this process ends; `also` is called as often.

    The file is written in place: network file systems show a change of content at the next opening, but may keep an
    earlier file of the same name for a minute.
    """

    def beat() -> None:
        count = 0
        while True:
            count += 1
            with suppress(OSError):
                file.write_text(f"{os.getpid()} {count}\n")
                also()
            time.sleep(BEAT_SECONDS)

    threading.Thread(target=beat, daemon=True).start()


def read_record(file: Path) -> dict[str, Any] | None:
    """A JSON object in a file; None if there is none, or while it is being written."""
    try:
        record = json.loads(file.read_text())
    except (OSError, ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
