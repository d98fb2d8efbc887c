"""A training that is killed again and again: a program.

`python -m tests.core.training.kills EVENTS SEED ARGUMENTS` trains in a child process with the JSON object of arguments,
which kills itself at a random event, and starts others until one reaches the end. With an empty SEED none is killed.
The children's events are appended to the file EVENTS. They are forked, so that torch is imported once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

from core.events import Data, Reporter
from core.training.worker import train

FIRST_EVENTS = (3, 9)
"""A child kills itself at one of these events, so that no two children reach the end of twelve steps."""

MOST_KILLS = 20
"""Later children may live longer, so that one of them reaches the end."""


def main(events: str, seed: str, arguments: str) -> None:
    draw = random.Random(seed)
    first, last = FIRST_EVENTS
    for kill in range(MOST_KILLS):
        status = _in_child(Path(events), json.loads(arguments), draw.randint(first, last + 2 * kill) if seed else 0)
        if status == 0:
            return
        assert status == -signal.SIGKILL
    raise AssertionError("The training never ended.")


def _in_child(events: Path, arguments: dict[str, Any], last: int) -> int:
    """How a child ended that kills itself at its event number `last`; 0 is never."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = 0

    def write(kind: str, _stage: str | None, data: Data) -> None:
        nonlocal seen
        seen += 1
        with events.open("a") as stream:
            stream.write(json.dumps(["killed" if seen == last else kind, data]) + "\n")
        if seen == last:
            os.kill(os.getpid(), signal.SIGKILL)

    train(arguments, Reporter(write))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
