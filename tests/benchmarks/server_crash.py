"""How soon `model serve` and a detached job notice that their server was killed.

Run as `python tests/benchmarks/server_crash.py`; prints one JSON line. The time is from the signal to the end of the
command, and to the job's failure as any reader of its folder sees it.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import tempfile
import time

from core.jobs.folder import JobStore
from core.jobs.observe import observe
from core.serving.registry import ServerRecord, ServerRegistry
from tests.pty_program import LABTOP
from tests.waiting import wait_until

RUNS = 5
MAX_SECONDS = 2.0
SERVE = [LABTOP, "model", "serve", "--model-path", "builtin:extractive", "--port", "0"]


def ready_server() -> ServerRecord:
    """The only server, once it is ready."""
    wait_until(lambda: [server for server in ServerRegistry().read() if server.url], 120, "a server")
    return ServerRegistry().read()[0]


def command_seconds() -> float:
    with subprocess.Popen(SERVE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as command:
        os.kill(ready_server().pid, signal.SIGKILL)
        killed = time.monotonic()
        status = command.wait(60)
        taken = time.monotonic() - killed
    assert status == 1, status
    return taken


def job_seconds() -> float:
    subprocess.run([*SERVE, "--detached"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.kill(ready_server().pid, signal.SIGKILL)
    killed = time.monotonic()
    job = JobStore().list()[0]
    while observe(job).status != "failed":
        assert time.monotonic() - killed < 60
        time.sleep(0.01)
    return time.monotonic() - killed


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = folder
        command = [command_seconds() for _ in range(RUNS)]
        job = [job_seconds() for _ in range(RUNS)]
    figures = {
        "benchmark": "server_crash",
        "command_seconds_median": round(statistics.median(command), 3),
        "command_seconds_max": round(max(command), 3),
        "job_seconds_median": round(statistics.median(job), 3),
        "job_seconds_max": round(max(job), 3),
        "limits_met": max(*command, *job) <= MAX_SECONDS,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
