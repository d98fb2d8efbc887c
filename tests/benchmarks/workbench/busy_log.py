"""How long a key takes to be answered on the terminal while 10,000 lines of raw output a second arrive.

Run as `python tests/benchmarks/workbench/busy_log.py`; prints one JSON line. A process writes the output of the job
that the Jobs pane follows. A key is answered when its effect is on the screen. A bare Textual app in the same run, with
an input and a dialog, shows what the machine makes of that.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from random import Random

from tests.live_job import live_job
from tests.pty_program import LABTOP, Program

LINES_PER_SECOND = 10_000

ROUNDS = 30

SIZE = (140, 40)

OUTPUT = re.compile(r"output +(\d+):")

WORD = "quartz"

HELP = "Help: Jobs"

ESCAPE, F1, CTRL_U = "\x1b", "\x1bOP", "\x15"

BARE = """
from textual.app import App
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

class Dialog(ModalScreen):
    CSS = "Dialog { align: center middle } VerticalScroll { width: 84; height: 36; border: round green }"
    BINDINGS = [("escape", "app.pop_screen")]

    def compose(self):
        with VerticalScroll():
            yield Static("\\n".join(f"{number:3} Help: Jobs" for number in range(70)))

class Bare(App):
    BINDINGS = [("f1", "open_dialog")]

    def compose(self):
        yield Input()
        yield Static("\\n".join(f"line {number}" for number in range(36)))

    def action_open_dialog(self):
        self.push_screen(Dialog())

Bare().run()
"""
"""One input line, and a dialog of the size of the help over a screen full of text."""


def raw_output(program: Program) -> None:
    """Open the raw output of the job in the Jobs pane."""
    program.shows("Commands")
    program.send("8")
    program.shows("A training")
    for _ in range(3):
        program.send("l")
        program.read_for(1.5)
        if OUTPUT.search(program.screen.text):
            return
    raise SystemExit(f"the raw output is not shown:\n{program.screen.text}")


def newest(screen: str) -> int:
    """The number of the newest line of output on the screen."""
    return max(map(int, OUTPUT.findall(screen)), default=-1)


def answered(program: Program, key: str, effect: Callable[[str], bool]) -> float:
    """Seconds until the effect of a key is on the screen."""
    started = time.perf_counter()
    program.send(key)
    return program.until(effect, f"the effect of {key!r}") - started


def one_round(program: Program, bare: Program, random: Random) -> dict[str, list[float]]:
    """Type into the search, leave it, open and close the help, each at any moment, and type into the bare input."""
    found: dict[str, list[float]] = {"letter": [], "help": [], "bare letter": [], "bare dialog": []}
    program.send("/")
    program.settle(0.05, seconds=0.4)
    for number in range(1, len(WORD) + 1):
        for kind, one in (("letter", program), ("bare letter", bare)):
            program.read_for(random.uniform(0.02, 0.1))
            found[kind].append(answered(one, WORD[number - 1], partial(contains, WORD[:number])))
    # Escape is not measured: the terminal's driver waits 0.1 s for the rest of a sequence that it may begin.
    answered(program, ESCAPE, lambda screen: WORD not in screen)
    for kind, one in (("help", program), ("bare dialog", bare)):
        one.read_for(random.uniform(0.02, 0.1))
        found[kind].append(answered(one, F1, partial(contains, HELP)))
        answered(one, ESCAPE, lambda screen: HELP not in screen)
    answered(bare, CTRL_U, lambda screen: WORD not in screen)
    return found


def contains(text: str, screen: str) -> bool:
    return text in screen


def percentile(values: list[float], percent: int) -> float:
    """In milliseconds."""
    return round(1000 * statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 1)


def main() -> None:
    random = Random(1)
    with tempfile.TemporaryDirectory() as home:
        os.environ["LABTOP_HOME"] = home
        with (
            live_job(LINES_PER_SECOND),
            Program([LABTOP], SIZE, {"SSH_CONNECTION": ""}) as program,
            Program([sys.executable, "-c", BARE], SIZE) as bare,
        ):
            raw_output(program)
            program.read_for(1.0)
            cpu, line, started = program.cpu, newest(program.screen.text), time.perf_counter()
            found: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for kind, times in one_round(program, bare, random).items():
                    found.setdefault(kind, []).extend(times)
            program.read_for(0.5)
            seconds = time.perf_counter() - started
            share, lines = (program.cpu - cpu) / seconds, newest(program.screen.text) - line
    bare_times, bare_dialogs = found.pop("bare letter"), found.pop("bare dialog")
    every = [one for times in found.values() for one in times]
    figures = {
        "keys": len(every),
        "lines_per_second": round(lines / seconds),
        "median_ms": percentile(every, 50),
        "p95_ms": percentile(every, 95),
        "p99_ms": percentile(every, 99),
        "letter_median_ms": percentile(found["letter"], 50),
        "help_median_ms": percentile(found["help"], 50),
        "bare_letter_median_ms": percentile(bare_times, 50),
        "bare_dialog_median_ms": percentile(bare_dialogs, 50),
        "bare_letter_p99_ms": percentile(bare_times, 99),
        "cpu_share": round(share, 2),
    }
    print(json.dumps({"benchmark": "busy_log", **figures}))


if __name__ == "__main__":
    main()
