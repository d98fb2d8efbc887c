"""How long whole processes take: `labtop --help` and the lint of one file, compared with an empty interpreter.

Prints one JSON line; seconds are medians of interleaved runs, ratios are to `python -c pass` of the same run.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15

BIN = Path(sys.executable).parent
LEAF = Path(__file__).parents[2] / "profiles/sample/taxonomy/knowledge/astronomy/vellan_observatory/qna.yaml"

COMMANDS = {
    "python": [sys.executable, "-c", "pass"],
    "help": [str(BIN / "labtop"), "--help"],
    "lint": [str(BIN / "labtop"), "taxonomy", "lint", str(LEAF)],
}


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
    return time.perf_counter() - started


def main() -> None:
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(RUNS):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(command))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    ratios = {f"{name}_ratio": round(medians[name] / medians["python"], 2) for name in ("help", "lint")}
    print(json.dumps({"benchmark": "startup", **{k: round(v, 4) for k, v in medians.items()}, **ratios}))


if __name__ == "__main__":
    main()
