"""An OpenAI-compatible server that streams Markdown at a fixed rate, in a process of its own, for benchmarks.

`with paced_server(rate=200, tokens=2000) as url:` streams one word per event. `first_byte_at(url)` is when the last
reply's first text was sent, on the clock of `time.monotonic`, which all processes of a machine share.
"""

from __future__ import annotations

import argparse
import json
import time
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler
from itertools import cycle, islice

from tests.core.serving.server_process import announce_and_serve, server_process

MODEL = "paced"

PROSE = (
    "Chapter {n} is about **tides**: the water rises and falls twice a day, *slowly*, and `ebb` is the word for its"
    " way out. See [the table](http://127.0.0.1/) below.\n\n"
)
LIST = "- first of all, the moon pulls\n- then the sun pulls, too\n- the coast decides the rest\n\n"
CODE = "```python\ndef tide(hour):\n    level = 2.5 * sin(hour / 12)\n    return round(level, 1)\n```\n\n"
TABLE = "| hour | level |\n|---|---|\n| 0 | 0.0 |\n| 3 | 2.5 |\n| 6 | 0.1 |\n\n"


def words() -> Iterator[str]:
    """Markdown without an end, in pieces of about a token."""
    for number in cycle(range(1, 100)):
        text = PROSE.format(n=number) + f"## Part {number}\n\n" + LIST + CODE + PROSE.format(n=number) + TABLE
        for line in text.splitlines(keepends=True):
            yield from (word for word in line.replace(" ", " \0").split("\0") if word)


class _Handler(BaseHTTPRequestHandler):
    rate: float
    tokens: int
    first_byte = 0.0

    def do_GET(self) -> None:
        document = (
            {"first_byte": type(self).first_byte}
            if self.path == "/first_byte"
            else {"object": "list", "data": [{"id": MODEL, "object": "model"}]}
        )
        data = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        with suppress(OSError):  # the reader left
            self._stream()

    def _stream(self) -> None:
        started = time.monotonic()
        for number, word in enumerate(islice(words(), self.tokens)):
            pause = started + number / self.rate - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            event = {"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]}
            if number == 0:
                type(self).first_byte = time.monotonic()
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.wfile.write(b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n")

    def log_message(self, *_: object) -> None:
        pass


def paced_server(*, rate: float, tokens: int) -> AbstractContextManager[str]:
    """A server process; its base URL. `rate` in tokens a second, `tokens` in a reply."""
    return server_process("tests.core.serving.paced_server", "--rate", str(rate), "--tokens", str(tokens))


def first_byte_at(url: str) -> float:
    """When the last reply's first text was sent; 0 before the first."""
    with urllib.request.urlopen(f"{url.removesuffix('/v1')}/first_byte", timeout=10) as response:
        return float(json.load(response)["first_byte"])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    options = parser.parse_args()
    announce_and_serve(type("Handler", (_Handler,), {"rate": options.rate, "tokens": options.tokens}))


if __name__ == "__main__":
    main()
