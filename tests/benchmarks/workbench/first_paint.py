"""From starting `labtop` on a terminal to its first screen, against a bare Textual app in the same run.

Run as `python tests/benchmarks/workbench/first_paint.py`; prints one JSON line. The bare app shows a line of text. The
programs are started in turn; processor time is that until the first screen is there.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Sequence

from tests.pty_program import LABTOP, Program

ROUNDS = 7

SIZES = ((80, 24), (140, 40))

BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("ready")

Bare().run()
"""


def first_paint(command: Sequence[str], size: tuple[int, int], home: str, *texts: str) -> tuple[float, float]:
    """Seconds, and seconds of processor time."""
    with Program(command, size, {"LABTOP_HOME": home, "SSH_CONNECTION": ""}) as program:
        return program.shows(*texts) - program.started, program.cpu


def measure(size: tuple[int, int], home: str) -> dict[str, float]:
    runs: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for number in range(ROUNDS + 1):
        ours = first_paint([LABTOP], size, home, "Home", "Quit")
        bare = first_paint([sys.executable, "-c", BARE], size, home, "ready")
        if number:  # the first run compiles what is not compiled yet
            runs[0].append(ours)
            runs[1].append(bare)
    (seconds, cpu), (bare_seconds, bare_cpu) = (
        [statistics.median(values) for values in zip(*one, strict=True)] for one in runs
    )
    return {
        "seconds": round(seconds, 3),
        "bare_seconds": round(bare_seconds, 3),
        "ratio": round(seconds / bare_seconds, 2),
        "cpu_ms": round(1000 * cpu),
        "bare_cpu_ms": round(1000 * bare_cpu),
        "cpu_ratio": round(cpu / bare_cpu, 2),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        found = {f"{width}x{height}": measure((width, height), home) for width, height in SIZES}
    print(json.dumps({"benchmark": "first_paint", "rounds": ROUNDS, **found}))


if __name__ == "__main__":
    main()
