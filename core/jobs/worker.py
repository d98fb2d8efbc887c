"""The process in which a job's work is done: one function, called by name, that tells its story to a file.

Run as `python -m core.jobs.worker FOLDER NUMBER`. The request is `worker-<n>.request.json`; what the work tells goes to
`worker-<n>.jsonl`, its last line being of type `worker_finished`. Only the runner reads them.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from core.errors import LabtopError, disk_error
from core.events import Data, Reporter, error_data
from core.jobs.processes import die_with_parent

EXIT_DISK_FULL = 74
"""The exit status of a worker that could not even write down why it ended."""


def resolve(target: str) -> Callable[..., Any]:
    """The function that a dotted name `package.module:function` stands for."""
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    if not callable(function):
        raise LabtopError(f"{target} is not a function.")
    return function  # type: ignore[no-any-return]


def log_traceback() -> None:
    """Leave the details of the error being handled in the job's log, if the disk has room for them."""
    with suppress(OSError):
        traceback.print_exc()


def leave(status: int) -> NoReturn:
    """End the process at once: on a full disk the interpreter's own leave-taking would fail and change the status."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what cleans up is not to be interrupted
    raise KeyboardInterrupt


def main(folder: str, number: str) -> int:
    die_with_parent()
    signal.signal(signal.SIGTERM, _interrupt)
    base = Path(folder) / f"worker-{number}"
    descriptor = os.open(f"{base}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(kind: str, stage: str | None, data: Data) -> None:
        record = {"type": kind, "stage": stage, "data": data, "time": time.time(), "monotonic": time.monotonic()}
        line = (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")
        try:
            while line:
                line = line[os.write(descriptor, line) :]
        except OSError as error:
            raise disk_error(error, "writing the job's events") from error

    try:
        request = json.loads(Path(f"{base}.request.json").read_text())
        result = resolve(request["target"])(request["arguments"], Reporter(write, request["stage"]))
        end: Data = {"status": "succeeded", "result": result}
    except KeyboardInterrupt:
        end = {"status": "cancelled"}
    except OSError as error:
        log_traceback()
        end = {
            "status": "failed",
            "error": dict(disk_error(error, f"working on {error.filename or 'a file'}").to_data()),
        }
    except Exception as error:
        if not isinstance(error, LabtopError):
            log_traceback()
        end = {"status": "failed", "error": error_data(error)}
    try:
        write("worker_finished", None, end)
    except LabtopError:
        return EXIT_DISK_FULL
    return 0 if end["status"] == "succeeded" else 1


if __name__ == "__main__":
    leave(main(*sys.argv[1:]))
