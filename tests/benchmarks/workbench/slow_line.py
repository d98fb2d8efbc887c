"""Bytes written for a key, a pane and an idle second over ssh with 300 ms of latency, and whether every key counts.

Run as `python tests/benchmarks/workbench/slow_line.py`; prints one JSON line. Bytes take 150 ms in each direction.
It fails if a key of a burst, or a letter, is lost.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from core.quickstart.sandbox import make_sandbox
from tests.pty_program import LABTOP, Program

ONE_WAY_SECONDS = 0.15

SIZE = (140, 40)

LETTERS = "where the old keeper of the tower went after the harvest"

LETTERS_PER_SECOND = 15

IDLE_SECONDS = 8.0

ALT_1 = "\x1b1"

HOME, DOWN, END = "\x1b[1;5H", "\x1b[B", "\x1b[F"


def written_by(program: Program, keys: str, *texts: str) -> tuple[int, float]:
    """The bytes that keys cause, and the seconds until these texts are on the screen."""
    before, started = program.written, time.perf_counter()
    program.send(keys)
    seconds = program.shows(*texts) - started
    program.settle(0.4, seconds=2.0)
    return program.written - before, seconds


def type_letters(program: Program) -> float:
    """The mean number of bytes for a letter, typed steadily."""
    written = []
    for letter in LETTERS:
        before = program.written
        program.send(letter)
        program.read_for(1 / LETTERS_PER_SECOND)
        written.append(program.written - before)
    program.shows(LETTERS.rsplit(" ", 1)[1])
    return statistics.mean(written)


def main() -> None:
    environment = {"SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = f"{folder}/home"
        root = make_sandbox(Path(folder, "sample")).taxonomy
        command = [LABTOP, "--taxonomy-path", str(root)]
        with Program(command, SIZE, environment, delay=ONE_WAY_SECONDS) as program:
            program.shows("Commands")
            program.read_for(3.0)
            opened, _ = written_by(program, "2", "vellan_observatory")
            # Everything in one burst: filter the tree, go to the leaf, open it, and go to a line in its second context.
            leaf, seconds = written_by(program, f"/vellan\r{END}\r{HOME}{DOWN * 20}{END}", "context 66/500")
            letter = type_letters(program)
            first, _ = written_by(program, ALT_1, "cpu")
            before = program.written
            program.read_for(IDLE_SECONDS)
            idle = (program.written - before) / IDLE_SECONDS
            pane, switch_seconds = written_by(program, "2", *LETTERS.split())  # also whether every letter arrived
    found = {
        "latency_ms": round(2000 * ONE_WAY_SECONDS),
        "bytes_per_letter": round(letter),
        "bytes_first_opening": {"taxonomy": opened, "system": first},
        "bytes_switch": pane,
        "switch_s": round(switch_seconds, 2),
        "bytes_burst": leaf,
        "burst_s": round(seconds, 2),
        "idle_bytes_per_second": round(idle),
    }
    print(json.dumps({"benchmark": "slow_line", **found}))


if __name__ == "__main__":
    main()
