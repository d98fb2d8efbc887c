"""The process of a job: it holds the lock, calls the job's function, and records its events.

Run as `python -m core.jobs.runner FOLDER LOCK_DESCRIPTOR` by `launch`.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from core.errors import LabtopError
from core.events import Data
from core.jobs.context import JobContext
from core.jobs.folder import JobFolder
from core.jobs.heartbeat import send_heartbeats
from core.jobs.nodes.owner import publish_end, with_command_hint
from core.jobs.outcome import exit_now, outcome, resolve
from core.jobs.processes import GRACE_SECONDS, end_marked
from core.jobs.stop import CANCEL, CANCEL_NOW
from core.jobs.writer import EventWriter

CONTROL_SECONDS = 0.2
"""Between two checks for requests."""


def main(folder_path: str, lock: str) -> int:
    os.set_inheritable(int(lock), False)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    folder = JobFolder(Path(folder_path))
    writer = EventWriter(folder)
    started = time.monotonic()

    def work() -> Any:
        writer.write("job_started", None, _identity(folder))
        _stop_by_request(folder)
        threading.Thread(target=_watch_control, args=(folder, writer), daemon=True).start()
        threading.Thread(target=send_heartbeats, args=(folder, writer), daemon=True).start()
        context = JobContext(folder, writer)
        try:
            return resolve(folder.spec.runner)(context)
        finally:
            context.end_workers()

    end = outcome(work)
    end_marked(str(folder.path), GRACE_SECONDS)
    with suppress(LabtopError):  # the other nodes notice that this one is silent
        publish_end(folder, end, time.monotonic() - started)
    if end["error"]:
        end["error"] = with_job_command(end["error"], folder.id)
    writer.finish(end)
    return 0 if end["status"] == "succeeded" else 1


def with_job_command(error: Data, job: str) -> Data:
    """The error with the command that helps in its hint. The code that raised it did not know the job's id."""
    label = {"resume": "Resume with", "logs": "Details"}.get(error.get("job_command", ""))
    return with_command_hint(error, f"{label}: labtop process {error['job_command']} {job}" if label else None)


def _identity(folder: JobFolder) -> Data:
    spec = folder.spec
    return {
        "kind": spec.kind,
        "title": spec.title,
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "versions": {"labtop": importlib.metadata.version("labtop"), "python": platform.python_version()},
        "resumes": spec.resumes,
    }


def _stop_by_request(folder: JobFolder) -> None:
    """Treat a SIGTERM to the runner as a request to stop, so that the work can save its state."""

    def request(number: int, _frame: FrameType | None) -> None:
        try:
            (folder.control / CANCEL).touch()
        except OSError:
            os.kill(os.getpid(), signal.SIGINT)

    signal.signal(signal.SIGTERM, request)


def _watch_control(folder: JobFolder, writer: EventWriter) -> None:
    """Enforce a request to stop: by the work itself, then by a signal, then by killing its processes.

    Stages that check for requests get the time that they declared. After it, or at once without such a stage, the
    runner interrupts itself and ends its workers within `GRACE_SECONDS`. `cancel-now` skips both waits. A job whose
    folder was removed can no longer be shown or controlled, so it stops, too.
    """
    requested: float | None = None
    interrupted: float | None = None
    while True:
        moment = time.monotonic()
        now = (folder.control / CANCEL_NOW).exists()
        removed = not folder.lock.exists()
        if requested is None and (now or removed or (folder.control / CANCEL).exists()):
            requested = moment
        late = requested is not None and (now or removed or moment - requested >= writer.state.stop_seconds)
        if late and interrupted is None:
            interrupted = moment
            os.kill(os.getpid(), signal.SIGINT)
        if interrupted is not None and (now or moment - interrupted > GRACE_SECONDS):
            end_marked(str(folder.path))
        time.sleep(CONTROL_SECONDS)


if __name__ == "__main__":
    exit_now(main(*sys.argv[1:]))
