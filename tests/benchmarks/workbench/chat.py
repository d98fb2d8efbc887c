"""What a reply costs in the Chat pane at 200 tokens a second, and how soon its first token is on the screen.

Run as `python tests/benchmarks/workbench/chat.py [SECONDS]`; prints one JSON line. Markdown is streamed for that long
to the installed command at 140x40, after the same time without a reply, which is subtracted. `first_token_ms` is the
time from the server's first byte to the token on the screen; several short replies are asked for it. `letter_ms` is the
time from a letter to its echo in the input line of the same pane, which shows what a busy machine makes of any answer.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.core.serving.paced_server import MODEL, first_byte_at, paced_server, words
from tests.pty_program import LABTOP, Program

SECONDS = 20.0
RATE = 200
FIRST_TOKEN = next(words()).strip()
SIZE = (140, 40)
FIRST_TOKENS = 8
SHORT_REPLY = 10
"""Tokens of the replies that are asked for their first one."""


@contextmanager
def chat(endpoint: str) -> Iterator[Program]:
    with Program([LABTOP], SIZE, {"SSH_CONNECTION": "", "LABTOP_CHAT_ENDPOINT_URL": endpoint}) as program:
        program.shows("Commands")
        program.send("6")
        program.shows(MODEL)
        program.read_for(3.0)  # the client's library is imported
        yield program


def first_tokens() -> tuple[list[float], list[float]]:
    """Milliseconds from the server's first byte to the token on the screen, and from a letter to its echo."""
    found, letters = [], []
    with paced_server(rate=RATE, tokens=SHORT_REPLY) as endpoint, chat(endpoint) as program:
        for number in range(FIRST_TOKENS + 1):
            program.send(f"question {number}\r")
            shown = program.shows(f"question {number}", FIRST_TOKEN)
            seconds = time.monotonic() - (time.perf_counter() - shown) - first_byte_at(endpoint)
            found.append(1000 * seconds)
            program.read_for(0.6)
            started = time.perf_counter()
            program.send("q")
            letters.append(1000 * (program.shows("│ q ") - started))
            program.send("\x7f\x0e")  # a new conversation, so that the screen is empty
            program.read_for(0.4)
    return found[1:], letters[1:]  # the first one loads what later ones use


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LABTOP_HOME"] = str(folder / "home")
        with paced_server(rate=RATE, tokens=round(RATE * seconds)) as endpoint, chat(endpoint) as program:
            before = program.cpu
            program.read_for(seconds)
            idle, written = program.cpu - before, program.written
            program.send("why\r")
            before = program.cpu
            program.shows(FIRST_TOKEN)
            program.read_for(seconds)
            program.shows("tokens/s")
            busy = program.cpu - before
            written = program.written - written
        first, letters = first_tokens()
    figures = {
        "tokens_per_second": RATE,
        "core_percent": round(100 * (busy - idle) / seconds, 1),
        "idle_percent": round(100 * idle / seconds, 1),
        "bytes_per_second": round(written / seconds),
        "first_token_ms": round(statistics.median(first), 1),
        "first_token_max_ms": round(max(first), 1),
        "letter_ms": round(statistics.median(letters), 1),
    }
    print(json.dumps({"benchmark": "chat", **figures}))


if __name__ == "__main__":
    main()
