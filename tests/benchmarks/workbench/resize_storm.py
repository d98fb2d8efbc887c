"""200 sizes of the terminal in five seconds: whether the last one is laid out as if nothing had been, and how soon.

Run as `python tests/benchmarks/workbench/resize_storm.py`; prints one JSON line. A training runs meanwhile.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from random import Random

from core.quickstart.sandbox import make_sandbox
from tests.live_job import live_job
from tests.pty_program import LABTOP, Program

RESIZES = 200

SECONDS = 5.0

SIZE = (140, 40)

SAME = 0.9
"""Share of the frames' characters in the last layout that must equal those before; figures and curves change."""

FRAMES = "╭╮╰╯│"

KEYS = {"home": "0", "taxonomy": "2", "jobs": "8"}


def frame_share(now: str, before: str) -> float:
    """The share of the frames' corners and sides that is where it was."""
    places = [place for place, character in enumerate(before) if character in FRAMES]
    return sum(now[place] == before[place] for place in places) / max(1, len(places))


def storm(program: Program, key: str, random: Random) -> dict[str, float]:
    program.send(key)
    program.read_for(2.5)
    before = program.screen.text
    cpu, written = program.cpu, program.written
    for _ in range(RESIZES):
        program.resize((random.randint(40, 200), random.randint(10, 60)))
        program.read_for(SECONDS / RESIZES)
    program.resize(SIZE)
    started = time.perf_counter()
    settled = program.until(lambda text: frame_share(text, before) > SAME, "the layout before") - started
    return {
        "settle_ms": round(1000 * settled),
        "cpu_s": round(program.cpu - cpu, 2),
        "kilobytes": round((program.written - written) / 1000),
    }


def main() -> None:
    random = Random(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = f"{folder}/home"
        root = make_sandbox(Path(folder, "sample")).taxonomy
        command = [LABTOP, "--taxonomy-path", str(root)]
        with live_job(), Program(command, SIZE, {"SSH_CONNECTION": ""}) as program:
            program.shows("Commands")
            program.read_for(3.0)
            found = {name: storm(program, key, random) for name, key in KEYS.items()}
    print(json.dumps({"benchmark": "resize_storm", "resizes": RESIZES, "panes": found}))


if __name__ == "__main__":
    main()
