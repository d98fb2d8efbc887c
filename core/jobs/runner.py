"""The process that is a job: it holds the lock, calls the job's function, and writes down what happens.

Run as `python -m core.jobs.runner FOLDER LOCK_DESCRIPTOR` by `launch`.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from core.errors import LabtopError, disk_error
from core.events import Data, error_data
from core.jobs.cancel import CANCEL, CANCEL_NOW
from core.jobs.context import GRACE_SECONDS, JobCancelled, JobContext
from core.jobs.folder import JobFolder
from core.jobs.heartbeat import beat
from core.jobs.processes import end_marked
from core.jobs.worker import leave, log_traceback, resolve
from core.jobs.writer import EventWriter

CONTROL_SECONDS = 0.2
"""Between two looks for requests."""


def main(folder_path: str, lock: str) -> int:
    os.set_inheritable(int(lock), False)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    folder = JobFolder(Path(folder_path))
    writer = EventWriter(folder)
    signal.signal(signal.SIGTERM, _raise_cancelled)
    signal.signal(signal.SIGINT, _raise_cancelled)
    end: Data
    try:
        writer.write("job_started", None, _identity(folder))
        threading.Thread(target=_watch_control, args=(folder,), daemon=True).start()
        threading.Thread(target=beat, args=(folder, writer), daemon=True).start()
        result = resolve(folder.spec.runner)(JobContext(folder, writer))
        end = {"status": "succeeded", "error": None, "result": result}
    except KeyboardInterrupt:
        end = {"status": "cancelled", "error": None, "result": None}
    except OSError as error:
        log_traceback()
        end = _failed(folder, disk_error(error, f"working on {error.filename or 'a file'}"))
    except Exception as error:
        if not isinstance(error, LabtopError):
            log_traceback()
        end = _failed(folder, error)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_marked(str(folder.path), GRACE_SECONDS)
    writer.finish(end)
    return 0 if end["status"] == "succeeded" else 1


def _failed(folder: JobFolder, error: Exception) -> Data:
    told = error_data(error)
    if told["hint"]:  # hints are written where the job's id is not known
        told["hint"] = re.sub(r"\bID\b", folder.id, told["hint"])
    return {"status": "failed", "error": told, "result": None}


def _raise_cancelled(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what cleans up is not to be interrupted
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise JobCancelled


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


def _watch_control(folder: JobFolder) -> None:
    """Turn requests into a signal to ourselves; `cancel-now` also takes the tree's time to end away."""
    asked: float | None = None
    while True:
        now = (folder.control / CANCEL_NOW).exists()
        if asked is None and (now or (folder.control / CANCEL).exists()):
            asked = time.monotonic()
            os.kill(os.getpid(), signal.SIGTERM)
        if asked is not None and (now or time.monotonic() - asked > GRACE_SECONDS):
            end_marked(str(folder.path))
        time.sleep(CONTROL_SECONDS)


if __name__ == "__main__":
    leave(main(*sys.argv[1:]))
