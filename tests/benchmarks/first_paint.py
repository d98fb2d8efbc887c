"""Time from launching `labtop` in tmux at 80x24 to the first screen that shows the panes' tabs. Prints one JSON line.

Run as `python tests/benchmarks/first_paint.py`; compared with `python -c 'import textual.app'` in the same run.
"""

from __future__ import annotations

import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
LIMIT_SECONDS = 20.0
NUMBERS = itertools.count()
TABS = ("0Home", "1Sys", "2Tax", "6Chat", "8Jobs")


def tmux(socket: str, *arguments: str) -> str:
    return subprocess.run(
        ["tmux", "-L", socket, "-f", "/dev/null", *arguments], check=True, capture_output=True, text=True
    ).stdout


def first_paint(command: str, home: str) -> float:
    """Seconds until the tabs are on the screen; the session is ended afterwards."""
    socket = f"labtop-{os.getpid()}-{next(NUMBERS)}"  # a server that is just ending must not be met again
    environment = [f"LABTOP_HOME={home}", "TERM=xterm-256color", "LC_ALL=C.UTF-8"]
    options = [option for value in environment for option in ("-e", value)]
    # The shell is there before the clock starts, as it is for a user.
    tmux(socket, "new-session", "-d", "-x", "80", "-y", "24", *options, "sh")
    try:
        while "$" not in tmux(socket, "capture-pane", "-p") and "#" not in tmux(socket, "capture-pane", "-p"):
            time.sleep(0.01)
        started = time.perf_counter()
        tmux(socket, "send-keys", f"exec {command}", "Enter")
        while time.perf_counter() - started < LIMIT_SECONDS:
            shown = tmux(socket, "capture-pane", "-p")
            if all(tab in shown for tab in TABS):
                return time.perf_counter() - started
        raise SystemExit(f"no first paint within {LIMIT_SECONDS} s:\n{shown}")
    finally:
        tmux(socket, "kill-server")


def import_seconds() -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True)
    return time.perf_counter() - started


def main() -> None:
    command = str(Path(sys.executable).with_name("labtop"))
    with tempfile.TemporaryDirectory() as home:
        first_paint(command, home)  # compiles what is not compiled yet
        paints, imports = [], []
        for _ in range(ROUNDS):
            paints.append(first_paint(command, home))
            imports.append(import_seconds())
    paint, baseline = statistics.median(paints), statistics.median(imports)
    record = {
        "benchmark": "first_paint",
        "seconds": round(paint, 3),
        "best": round(min(paints), 3),
        "import_textual_app": round(baseline, 3),
        "ratio": round(paint / baseline, 2),
        "rounds": ROUNDS,
    }
    print(json.dumps(record))


if __name__ == "__main__":
    main()
