"""`labtop model chat` on a terminal: how soon the first token is shown, and what drawing 200 tokens a second costs.

Run as `python tests/benchmarks/chat_command.py`; prints one JSON line. The time of the first token is from the
server's first byte to the word on the screen, the processor's share that of the command while an answer arrives.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile

from tests.core.serving.paced_server import first_byte_at, paced_server
from tests.pty_program import LABTOP, Program
from tests.pty_screen import Scrollback

RATE = 200.0
TOKENS = 1000

FIRST_TOKENS = 15

MAX_FIRST_MS = 30.0
MAX_SHARE = 0.15

SIZES = {"80x24": (80, 24), "140x40": (140, 40)}


def open_chat(url: str, size: tuple[int, int]) -> Program:
    """A chat that is ready for a question."""
    chat = Program([LABTOP, "model", "chat", "--endpoint-url", url], size, screen=Scrollback())
    chat.shows("[S][default]")
    chat.read_for(2.0)  # until the client's library is imported
    return chat


def first_token_ms(size: tuple[int, int]) -> list[float]:
    """Milliseconds from the server's first byte to the first word on the screen, for several questions."""
    taken = []
    with paced_server(rate=RATE, tokens=1) as url, open_chat(url, size) as chat:
        for _ in range(FIRST_TOKENS):
            chat.screen = Scrollback()
            chat.send("?\n")
            shown = chat.shows("Chapter")
            taken.append(1000 * (shown - first_byte_at(url)))
            chat.shows("elapsed", "[S][default]")
    return taken


def share(size: tuple[int, int]) -> float:
    """Processor time of the command as a share of the time in which an answer arrives."""
    with paced_server(rate=RATE, tokens=TOKENS) as url, open_chat(url, size) as chat:
        chat.send("?\n")
        begun = chat.shows("Chapter")
        before = chat.cpu
        ended = chat.shows("elapsed")
        return (chat.cpu - before) / (ended - begun)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LABTOP_HOME"] = folder
        first = first_token_ms(SIZES["80x24"])
        shares = {name: round(share(size), 3) for name, size in SIZES.items()}
    figures = {
        "benchmark": "chat_command",
        "first_token_ms_median": round(statistics.median(first), 1),
        "first_token_ms_max": round(max(first), 1),
        "tokens_per_second": RATE,
        **{f"cpu_share_{name}": value for name, value in shares.items()},
        "limits_met": statistics.median(first) <= MAX_FIRST_MS and max(shares.values()) <= MAX_SHARE,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
