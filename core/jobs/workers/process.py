"""The process that does a job's work: one function, called by name, that reports to a file.

Run as `python -m core.jobs.workers.process FOLDER NUMBER`, with `--distributed` as one of the ranks of torchrun. The
request is `worker-<n>.request.json`; events go to `worker-<n>.jsonl`, or `worker-<n>-<rank>.jsonl` for a rank, the last
line being of type `worker_finished`. Only the runner reads them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import Data, Reporter
from core.files import LineAppender
from core.jobs.launchers import rank_file, request_file
from core.jobs.outcome import exit_now, outcome, resolve
from core.jobs.processes import die_with_parent
from core.jobs.stop import StopRequest

EXIT_DISK_FULL = 74
"""The exit status of a worker that could not even record why it ended."""


def main(folder_path: str, number: str, distributed: str = "") -> int:
    die_with_parent()
    folder = Path(folder_path)
    rank = int(os.environ["RANK"]) if distributed else None
    lines = LineAppender(rank_file(folder, int(number), rank))

    def write(kind: str, stage: str | None, data: Data) -> None:
        if not rank or (kind == "note" and data["level"] == "error"):  # the other ranks would repeat everything
            lines.append(_record(kind, stage, data))

    def work() -> Any:
        request = json.loads(request_file(folder, int(number)).read_text())
        reporter = Reporter(write, request["stage"], StopRequest(folder / "control"))
        return resolve(request["target"])(request["arguments"], reporter)

    return record_end(lines, outcome(work))


def record_end(lines: LineAppender, end: Data) -> int:
    """Record how the work ended; returns the exit status.

    It is non-zero only for a failure: torchrun ends all ranks when one exits so, and ranks that were asked to stop may
    still be saving.
    """
    try:
        lines.append(_record("worker_finished", None, end))
    except LabtopError:
        return EXIT_DISK_FULL
    return 1 if end["status"] == "failed" else 0


def _record(kind: str, stage: str | None, data: Data) -> str:
    record = {"type": kind, "stage": stage, "data": data, "time": time.time(), "monotonic": time.monotonic()}
    return json.dumps(record, ensure_ascii=False)


if __name__ == "__main__":
    exit_now(main(*sys.argv[1:]))
