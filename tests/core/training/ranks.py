"""Starting the ranks of a training for tests, and a program for them.

As a program, `python -m tests.core.training.ranks EVENTS KILL ARGUMENTS…` trains once for each JSON object, one after
the other, and appends rank 0's events to the file EVENTS. With KILL as `rank:step` that rank kills itself then.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from core.training.launch import path_with_programs
from tests.ports import free_port

CACHE = Path(pwd.getpwuid(os.getuid()).pw_dir, ".cache")
"""Where DeepSpeed's compiled modules are kept between test runs, which have home folders of their own."""

IN_BACKGROUND = "TEST_SAVES_IN_BACKGROUND"
"""An environment variable that has the program write states in the background."""

SECONDS = 420.0
"""For two ranks to import torch and to train, on a busy machine."""

COMPILE_SECONDS = 1200.0
"""For DeepSpeed's module, which is compiled at its first use on a machine."""


def compile_deepspeed() -> None:
    """Compile DeepSpeed's module where that was not done before, and remove the lock of a test that was killed in it.

    No rank compiles: one that is killed meanwhile leaves a lock, on which all later ones would wait without an end.
    """
    folder = CACHE / "torch_extensions"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "tests.lock").open("w") as own:
        fcntl.flock(own, fcntl.LOCK_EX)
        environment = {**os.environ, "PATH": path_with_programs(), "XDG_CACHE_HOME": str(CACHE)}
        program = (
            "from core.training.engine.compiled import remove_stale_locks; remove_stale_locks();"
            "from deepspeed.comm.torch import build_shm_op; build_shm_op()"
        )
        subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=COMPILE_SECONDS)


def run_ranks(world_size: int, logs: Path, module: str, *arguments: str, in_background: bool = False) -> list[int]:
    """Run a module in so many ranks, with output to files; when one fails the others are killed.

    Returns their exit statuses.
    """
    common = {
        **os.environ,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "WORLD_SIZE": str(world_size),
        "LOCAL_WORLD_SIZE": str(world_size),
        "OMP_NUM_THREADS": "1",
        "XDG_CACHE_HOME": str(CACHE),
        **({IN_BACKGROUND: "1"} if in_background else {}),
    }
    processes = []
    for rank in range(world_size):
        with rank_log(logs, rank).open("ab") as stream:
            environment = {**common, "RANK": str(rank), "LOCAL_RANK": str(rank)}
            argv = [sys.executable, "-m", module, *arguments]
            processes.append(subprocess.Popen(argv, env=environment, stdout=stream, stderr=subprocess.STDOUT))
    deadline = time.monotonic() + SECONDS
    try:
        while any(process.poll() is None for process in processes) and time.monotonic() < deadline:
            if any(process.returncode for process in processes):
                break
            time.sleep(0.05)
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
    return [process.wait() for process in processes]


def rank_log(logs: Path, rank: int) -> Path:
    """The output of a rank."""
    return logs / f"rank-{rank}.log"


def main(events: str, kill: str, *runs: str) -> None:
    from core.events import Data, Reporter
    from core.training import saving
    from core.training.worker import train

    if IN_BACKGROUND in os.environ:
        saving.SMALL_BYTES = 0
    rank = int(os.environ["RANK"])
    killed, _, step = kill.partition(":")

    def write(kind: str, _stage: str | None, data: Data) -> None:
        if kind == "metric" and killed == str(rank) and step == str(data["step"]):
            os.kill(os.getpid(), signal.SIGKILL)
        if rank == 0:
            with Path(events).open("a") as stream:
                stream.write(json.dumps([kind, data]) + "\n")

    results: list[dict[str, Any]] = [train(json.loads(arguments), Reporter(write)) for arguments in runs]
    if rank == 0:
        with Path(events).open("a") as stream:
            stream.write(json.dumps(["results", results]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
