"""The ranks on this machine of jobs that another node has: there is no job folder for them here.

A file is written when the ranks of a worker start, and removed when they have ended. One that a killed process left is
recognised by its process id and start time, and removed by the next reader.
"""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from core import paths
from core.files import read_regular, write_atomic
from core.jobs.processes import start_ticks
from core.jobs.spec import boot_id
from core.printable import printable

MAX_RECORD_BYTES = 2**16
"""A longer file is not a record."""

TEXTS = ("host", "boot_id", "job", "owner")
"""The fields of a record after the numbers."""


@dataclass(frozen=True)
class RanksHere:
    """The ranks of one worker on this machine."""

    pid: int
    """torchrun's agent, whose descendants are the ranks."""
    ticks: int
    """The start of that process; see `core.jobs.processes.start_ticks`."""
    host: str
    """This machine."""
    boot_id: str
    job: str
    owner: str
    """The host of node rank 0, which has the job."""

    @property
    def name(self) -> str:
        """The job, for messages: `train-k3f9x of node0`."""
        return f"{self.job} of {self.owner}"


class RanksRegistry:
    """The ranks on this machine of other nodes' jobs, for this user."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.current().state_dir / "ranks"

    def add(self, pid: int, job: str, owner: str) -> RanksHere | None:
        """Record ranks that were just started; None if they have ended already."""
        ticks = start_ticks(pid)
        if ticks is None:
            return None
        record = RanksHere(pid, ticks, socket.gethostname(), boot_id(), job, owner)
        write_atomic(self._file(record), json.dumps(asdict(record)), private=True)
        return record

    def remove(self, record: RanksHere) -> None:
        """Forget ranks that have ended."""
        with suppress(OSError):
            self._file(record).unlink()

    def read(self) -> list[RanksHere]:
        """The ranks that run. Files of those that have ended are removed."""
        found = []
        for file in sorted(self.root.glob("*.json")):
            record = _decode(file)
            if record is None:
                continue
            if record.boot_id == boot_id() and start_ticks(record.pid) == record.ticks:
                found.append(record)
            elif record.host == socket.gethostname():  # another host on a shared home folder removes its own
                self.remove(record)
        return found

    def _file(self, record: RanksHere) -> Path:
        return self.root / f"{record.pid}-{record.ticks}.json"


def _decode(file: Path) -> RanksHere | None:
    """The record in a file; None if it is not one."""
    try:
        data = json.loads(read_regular(file, MAX_RECORD_BYTES))
        record = RanksHere(int(data["pid"]), int(data["ticks"]), *(printable(data[name]) for name in TEXTS))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return record if file.name == f"{record.pid}-{record.ticks}.json" else None
