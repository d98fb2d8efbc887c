"""From a digit to the other pane on the terminal, and its processor time.

Run as `python tests/benchmarks/workbench/pane_switch.py`; prints one JSON line. A switch is complete when the screen
shows what that pane showed before, but for what changes by itself.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from core.quickstart.sandbox import make_sandbox
from tests.pty_program import LABTOP, Program

KEYS = {
    "0": "home",
    "1": "system",
    "2": "taxonomy",
    "4": "train",
    "5": "evaluate",
    "7": "models",
    "6": "chat",
    "8": "jobs",
}

ROUNDS = 5

SIZES = ((80, 24), (140, 40))

FRAMES = "╭╮╰╯│"

SAME = 0.8
"""Share of a pane's letters and frames from which on it is the same; figures and graphs of the machine differ."""

BUILT = 0.6
"""Of a pane that is opened for the first time, after which it may still read files."""

PAUSE_SECONDS = 0.2
"""Between two switches."""


def shown_share(now: str, pane: str) -> float:
    """The share of a pane's letters and frames that is on the screen."""
    characters = [(left, right) for left, right in zip(now, pane, strict=True) if right.isalpha() or right in FRAMES]
    return sum(left == right for left, right in characters) / max(1, len(characters))


def first_time(program: Program, key: str) -> tuple[float, float]:
    """Seconds, and processor time of all threads, until a pane that was not shown before is built."""
    seen: list[tuple[float, float, str]] = []
    started, used = time.perf_counter(), program.cpu
    program.send(key)
    while program.read(1.0 if not seen else 0.3) and time.perf_counter() < started + 4:
        seen.append((time.perf_counter() - started, program.cpu - used, program.screen.text))
    return next(each[:2] for each in seen if shown_share(each[2], program.screen.text) > BUILT)


def measure(root: Path, size: tuple[int, int]) -> dict[str, object]:
    home = {"LABTOP_HOME": str(root.parent / "home"), "SSH_CONNECTION": ""}
    looks: dict[str, str] = {}
    first: list[tuple[float, float]] = []
    wall, written = [], []
    cpu: dict[str, list[float]] = {name: [] for name in KEYS.values()}
    with Program([LABTOP, "--taxonomy-path", str(root)], size, home) as program:
        program.shows("Commands")
        program.rest()
        for key, name in [*KEYS.items()] * (ROUNDS + 1):
            if name == "jobs":  # after the chat, where digits are text in an input line that is not empty
                leave_text(program)
            if name not in looks:
                if name != "home":  # the first pane is there already
                    first.append(first_time(program, key))
                looks[name] = program.screen.text
                continue
            look = looks[name]
            before, bytes_before, started = program.cpu, program.written, time.perf_counter()
            program.send(key)
            while shown_share(program.screen.text, look) < SAME and program.read(2.0):
                pass
            wall.append(time.perf_counter() - started)
            program.settle(0.1, seconds=1.0)
            cpu[name].append(program.cpu - before)
            written.append(program.written - bytes_before)
            looks[name] = program.screen.text
            program.read_for(PAUSE_SECONDS)
    opened = [*KEYS.values()][1:]
    return {
        "median_ms": round(1000 * statistics.median(wall), 1),
        "p95_ms": round(1000 * statistics.quantiles(wall, n=20)[-1], 1),
        "first_ms": {name: round(1000 * wall) for name, (wall, _) in zip(opened, first, strict=True)},
        "first_cpu_ms": {name: round(1000 * used) for name, (_, used) in zip(opened, first, strict=True)},
        "cpu_ms": {name: round(1000 * statistics.median(spent), 1) for name, spent in cpu.items()},
        "bytes": round(statistics.median(written)),
    }


def leave_text(program: Program) -> None:
    """Leave an input line."""
    program.send("\x1b")
    program.settle(0.15, seconds=1.0)


def main() -> None:
    sizes = [(int(sys.argv[1]), int(sys.argv[2]))] if len(sys.argv) > 2 else SIZES
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = f"{folder}/home"
        root = make_sandbox(Path(folder, "sample")).taxonomy
        found = {f"{width}x{height}": measure(root, (width, height)) for width, height in sizes}
    print(json.dumps({"benchmark": "pane_switch", "switches": ROUNDS * len(KEYS), **found}))


if __name__ == "__main__":
    main()
