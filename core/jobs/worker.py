"""The process in which a job's work is done: one function, called by name, that tells its story to a file.

Run as `python -m core.jobs.worker FOLDER NUMBER`. The request is `worker-<n>.request.json`; what the work tells goes to
`worker-<n>.jsonl`, its last line being of type `worker_finished`. Only the runner reads them.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import Data, Reporter
from core.files import LineAppender
from core.jobs.outcome import leave, outcome, resolve
from core.jobs.processes import die_with_parent

EXIT_DISK_FULL = 74
"""The exit status of a worker that could not even write down why it ended."""


def main(folder: str, number: str) -> int:
    die_with_parent()
    base = Path(folder) / f"worker-{number}"
    lines = LineAppender(Path(f"{base}.jsonl"))

    def write(kind: str, stage: str | None, data: Data) -> None:
        record = {"type": kind, "stage": stage, "data": data, "time": time.time(), "monotonic": time.monotonic()}
        lines.append(json.dumps(record, ensure_ascii=False))

    def work() -> Any:
        request = json.loads(Path(f"{base}.request.json").read_text())
        return resolve(request["target"])(request["arguments"], Reporter(write, request["stage"]))

    end = outcome(work)
    try:
        write("worker_finished", None, end)
    except LabtopError:
        return EXIT_DISK_FULL
    return 0 if end["status"] == "succeeded" else 1


if __name__ == "__main__":
    leave(main(*sys.argv[1:]))
