"""A job that only writes: events of a training, and many lines of raw output, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.events import Event
from core.jobs.folder import JobFolder, JobStore
from core.jobs.spec import new_spec
from core.jobs.state.job_state import JobState
from core.jobs.state.reducer import reduce

BATCH_SECONDS = 0.01
"""Between two writes of output."""

REPORT_SECONDS = 0.5
"""Between two steps of the training, and between two writes of its status."""

TOTAL_STEPS = 100_000


@contextmanager
def live_job(lines_per_second: int = 0) -> Iterator[JobFolder]:
    """A running job in the store of LABTOP_HOME; ends with the block."""
    folder = JobStore().create(new_spec("train", "none:none", {}, title="A training"))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.live_job", str(folder.path), str(lines_per_second)], stdin=subprocess.PIPE
    )
    try:
        yield folder
    finally:
        process.kill()
        process.wait()


def write(folder: JobFolder, lines_per_second: int) -> None:
    """Write until killed."""
    folder.take_lock()
    begun, state, seq = time.time(), JobState(), 0

    def report(stage: str | None, kind: str, data: dict[str, object]) -> None:
        nonlocal state, seq
        event = Event(seq, time.time(), time.time() - begun, kind, stage, data)
        seq += 1
        with folder.events.open("a") as stream:
            stream.write(event.encode() + "\n")
        state = reduce(state, [event])

    report(None, "job_started", {"kind": "train", "pid": 1, "host": "here"})
    report("train", "stage_started", {"title": "Train"})
    lines, step, start = 0, 0, time.monotonic()
    with folder.log.open("a") as log:
        while True:
            elapsed = time.monotonic() - start
            if elapsed >= step * REPORT_SECONDS:
                step += 1
                values = {"loss": 0.4 + 4 / step, "lr": 1e-4, "tokens_per_second": 900.0 + step % 50}
                report("train", "metric", {"step": step, "values": values})
                report("train", "progress", {"done": step, "total": TOTAL_STEPS, "unit": "samples", "rate": 2.0})
                folder.write_status({**state.summary(), "started": begun, "last_told": time.time()})
            due = int(elapsed * lines_per_second)
            log.writelines(f"[rank 0] output {number:>9}: loss 0.4, grad norm 0.7\n" for number in range(lines, due))
            log.flush()
            lines = due
            time.sleep(BATCH_SECONDS if lines_per_second else REPORT_SECONDS)


if __name__ == "__main__":
    write(JobFolder(Path(sys.argv[1])), int(sys.argv[2]))
