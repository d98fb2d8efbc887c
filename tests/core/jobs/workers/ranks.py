"""Workers for the tests of distributed runs and of stopping: real ranks that talk over gloo."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import Reporter
from core.jobs.context import JobContext
from core.jobs.launchers import TorchrunLauncher


def run(context: JobContext) -> dict[str, Any]:
    """One stage with two ranks; the options are those of `reduce`, and `stop_seconds` of the stage."""
    options = context.options
    launcher = TorchrunLauncher(2)
    if "endpoint" in options:
        launcher = two_nodes(0, options["endpoint"], options["shared"], options.get("wait", 60.0))
    with context.reporter.stage("reduce", "Reduce", stop_seconds=options.get("stop_seconds")):
        worker = context.start_worker("tests.core.jobs.workers.ranks:reduce", options, "reduce", launcher=launcher)
        return context.wait_any([worker]).result()


def two_nodes(node_rank: int, endpoint: str, shared: str, wait_seconds: float = 60.0) -> TorchrunLauncher:
    """One process on each of two nodes."""
    return TorchrunLauncher(1, 2, node_rank, endpoint, "123", Path(shared), wait_seconds)


def reduce(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Add up the ranks again and again, at most `steps` times; `rank` fails as `how` says at step 3.

    All ranks look for a request to stop and agree about it; then each saves what it has in the folder `save`.
    """
    import torch
    import torch.distributed as dist

    seconds = options.get("timeout")
    dist.init_process_group("gloo", timeout=timedelta(seconds=seconds) if seconds else None)
    rank = dist.get_rank()
    reporter.note("info", f"rank {rank}")
    total = torch.zeros(1)
    for step in range(1, options.get("steps", 10_000) + 1):
        if step == 3 and options.get("rank") == rank:
            _fail(options["how"], rank, reporter)
        reached = torch.tensor([float(rank + 1), float(reporter.stop_requested())])
        dist.all_reduce(reached)
        total += reached[0]
        reporter.progress(step, options.get("steps"), "steps")
        if reached[1] and "save" in options:
            time.sleep(0.5 * rank)  # the ranks are not done at the same time
            Path(options["save"], f"rank-{rank}").write_text(str(step))
            raise KeyboardInterrupt
        time.sleep(options.get("pause", 0.0))
    return {"rank": rank, "total": total.item()}


def _fail(how: str, rank: int, reporter: Reporter) -> None:
    if how == "raise":
        raise LabtopError(f"Rank {rank} has no data.", hint="Give it some.")
    if how == "note":
        reporter.note("error", f"Rank {rank} is in trouble.")
    if how == "exit":
        os._exit(3)
    while how == "hang":
        time.sleep(1)
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)


def hang(context: JobContext) -> dict[str, Any]:
    """Two ranks, of which rank 1 fails while rank 0 hangs, as in a collective, and cannot be asked to end."""
    return context.work("tests.core.jobs.workers.ranks:fail_or_hang", {}, launcher=TorchrunLauncher(2))


def fail_or_hang(_options: dict[str, Any], _reporter: Reporter) -> dict[str, Any]:
    if os.environ["RANK"] == "1":
        raise LabtopError("Rank 1 has no data.")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)


def several(context: JobContext) -> dict[str, Any]:
    """Three workers at a time; the order in which they are done."""
    with context.reporter.stage("count", "Count"):
        workers = [
            context.start_worker(
                "tests.core.jobs.workers.ranks:wait", {"name": name, "folder": context.options["folder"]}
            )
            for name in ("a", "b", "c")
        ]
        done = []
        while workers:
            worker = context.wait_any(workers)
            workers.remove(worker)
            done.append(worker.result()["name"])
            context.reporter.note("info", done[-1])
        return {"done": done}


def wait(arguments: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Wait for the file of our name; one named "b-fails" fails us instead."""
    folder = Path(arguments["folder"])
    reporter.note("info", arguments["name"])
    while not (folder / arguments["name"]).exists():
        if (folder / f"{arguments['name']}-fails").exists():
            raise LabtopError(f"{arguments['name']} failed.")
        time.sleep(0.02)
    return {"name": arguments["name"]}


def stoppable(context: JobContext) -> dict[str, Any]:
    """One worker in a stage that needs up to `stop_seconds` to stop."""
    with context.reporter.stage("count", "Count", stop_seconds=context.options["stop_seconds"]):
        return context.work("tests.core.jobs.workers.ranks:save_when_asked", context.options, "count")


def save_when_asked(options: dict[str, Any], reporter: Reporter) -> dict[str, Any]:
    """Work until a request to stop, then save, which takes until the file `let` exists; `deaf` never looks."""
    step = 0
    while True:
        step += 1
        reporter.progress(step, None, "steps")
        time.sleep(0.02)
        if not options.get("deaf") and reporter.stop_requested():
            Path(options["save"], "saving").touch()
            while not Path(options["save"], "let").exists():
                time.sleep(0.02)
            Path(options["save"], "saved").write_text(str(step))
            raise KeyboardInterrupt
