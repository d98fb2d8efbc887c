"""What an open workbench costs while nobody touches it: share of a core, and bytes written to the terminal a second.

Run as `python tests/benchmarks/workbench/idle.py [SECONDS]`; prints one JSON line. A program for each pane, all at the
same time at 140x40: without jobs, and Home and Jobs also while a training reports two steps a second.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from core.quickstart.sandbox import make_sandbox
from tests.live_job import live_job
from tests.pty_program import LABTOP, Program
from tui.panes import PANES

SECONDS = 60.0

SIZE = (140, 40)

STARTED_SECONDS = 5.0
"""After this time, the pane has read what it shows."""

WATCHING = ("home", "jobs")


def measure(seconds: float, folder: Path) -> dict[str, dict[str, float]]:
    taxonomy = make_sandbox(folder / "sample").taxonomy
    programs: dict[str, Program] = {}
    with ExitStack() as stack:
        for home, names in (("idle", [pane.name for pane in PANES if pane.target]), ("training", WATCHING)):
            os.environ["LABTOP_HOME"] = str(folder / home)
            if home == "training":
                stack.enter_context(live_job())
            for name in names:
                program = stack.enter_context(
                    Program([LABTOP, "--taxonomy-path", str(taxonomy)], SIZE, {"SSH_CONNECTION": ""})
                )
                programs[name if home == "idle" else f"{name}, training"] = program
                program.shows("Commands")
                if home == "idle":
                    program.rest()
                program.send(next(pane.key for pane in PANES if pane.name == name))
        read_for(STARTED_SECONDS, programs)
        before = {name: (program.cpu, program.written) for name, program in programs.items()}
        started = time.perf_counter()
        read_for(seconds, programs)
        passed = time.perf_counter() - started
        return {
            name: {
                "core_percent": round(100 * (program.cpu - before[name][0]) / passed, 2),
                "bytes_per_second": round((program.written - before[name][1]) / passed),
            }
            for name, program in programs.items()
        }


def read_for(seconds: float, programs: dict[str, Program]) -> None:
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        for program in programs.values():
            program.read_for(0.02)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as folder:
        found = measure(seconds, Path(folder))
    print(json.dumps({"benchmark": "idle", "seconds": seconds, "panes": found}))


if __name__ == "__main__":
    main()
