"""A server, in a process of its own, that deviates from OpenAI's protocol in the way that a request's model names.

Run as `python -m tests.core.serving.deviating_server`; prints its URL.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.core.serving.server_process import announce_and_serve, server_process

TEXT = "Grüße 🙂 aus\u2028Ulm."

MEGABYTE = 2**20


def chunk(ended: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": ended}]}


def completion(**message: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def data(*events: object) -> bytes:
    lines = (event if isinstance(event, str) else json.dumps(event, ensure_ascii=False) for event in events)
    return b"".join(b"data: %s\n\n" % line.encode() for line in lines)


GOOD = data(chunk(role="assistant", content=""), chunk(content=TEXT[:7]), chunk("stop", content=TEXT[7:]), "[DONE]")
TOOL = {"index": 0, "function": {"name": "get_weather", "arguments": "{}"}}

BODIES: dict[str, bytes] = {
    "good": GOOD,
    "no-done": data(chunk("stop", content=TEXT)),
    "no-finish-reason": data(chunk(content=TEXT), "[DONE]"),
    "crlf": GOOD.replace(b"\n", b"\r\n"),
    "cr": GOOD.replace(b"\n", b"\r"),
    "no-blank-lines": GOOD.replace(b"\n\n", b"\n"),
    "no-space": GOOD.replace(b"data: ", b"data:"),
    "heartbeats": b": ping\n\nevent: message\nid: 7\nretry: 10\n" + GOOD.replace(b"\n\n", b"\n: ping\n\n"),
    "byte-order-mark": b"\xef\xbb\xbf\n\n" + GOOD,
    "events-of-several-lines": json.dumps(chunk("stop", content=TEXT), indent=1).replace("\n", "\ndata: ").join(
        ("data: ", "\n\ndata: [DONE]\n\n")
    ).encode(),
    "whole-json": json.dumps(completion(role="assistant", content=TEXT)).encode(),
    "indented-json": json.dumps(completion(content=TEXT), indent=2, ensure_ascii=False).encode(),
    "message-chunks": data(completion(content=TEXT), "[DONE]"),
    "text-chunks": data({"choices": [{"index": 0, "text": TEXT, "finish_reason": "stop"}]}),
    "content-parts": data(chunk("stop", content=[{"type": "text", "text": TEXT}])),
    "null-content": data(chunk(content=None), chunk("stop", content=TEXT), chunk(content=None), "[DONE]"),
    "usage-chunk": data(chunk("stop", content=TEXT), {"choices": [], "usage": {"completion_tokens": 9}}, "[DONE]"),
    "usage-without-choices": data(chunk("stop", content=TEXT), {"usage": {"completion_tokens": 9}}, "[DONE]"),
    "null-delta": data({"choices": [{"index": 0, "delta": None, "finish_reason": None}]}, chunk("stop", content=TEXT)),
    "escape-codes": data(chunk(content="\x1b[2J\x1b]0;x\x07Grü"), chunk("stop", content=f"\x1b[31m{TEXT[3:]}\x9b0m")),
    "nothing": b"",
    "only-done": data("[DONE]"),
    "empty-choices": data({"choices": []}, "[DONE]"),
    "reasoning": data(chunk(reasoning_content="Hm."), chunk("stop")),
    "tool-calls": data(chunk(tool_calls=[TOOL]), chunk("tool_calls")),
    "error-in-stream": data(chunk(content="Ha"), {"error": {"message": "out of memory", "code": 500}}),
    "error-as-text": data({"error": "out of memory"}),
    "error-with-200": b'{"detail": "out of memory"}',
    "filtered": data(chunk("content_filter", content="")),
    "aborted": data(chunk(content="Half"), chunk("abort")),
    "cut": data(chunk(content="Half")),
    "html": b"<!DOCTYPE html>\n<html><body>Welcome to nginx!</body></html>",
    "text": b"Internal error",
    "list": b"[1, 2]",
    "no-choices": b'{"hello": "there"}',
    "broken-json": b'data: {"choices": [\n\n',
    "wrong-types": data({"choices": [[1]]}),
    "deep": b"data: " + b"[" * 100_000 + b"\n\n",
}  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        listing = json.dumps({"data": [{"id": name} for name in (*BODIES, *WRITERS)]}).encode()
        self._start("application/json", len(listing))
        self.wfile.write(listing)

    def do_POST(self) -> None:
        model = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        with suppress(OSError):  # the client left
            if model in WRITERS:
                self._start("text/event-stream")
                WRITERS[model](self.wfile.write)
            else:
                self._start("text/html" if model == "html" else "text/event-stream")
                self.wfile.write(BODIES[model])

    def _start(self, kind: str, length: int | None = None) -> None:
        self.send_response(200)  # HTTP/1.0: the end of the connection ends the response
        self.send_header("Content-Type", kind)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


Write = Callable[[bytes], object]


def _byte_by_byte(write: Write) -> None:
    for byte in GOOD:
        write(bytes([byte]))


def _slow_reasoning(write: Write) -> None:
    for _ in range(60):
        write(data(chunk(reasoning_content="Hm, ")))
        time.sleep(0.05)
    write(data(chunk("stop", content=TEXT), "[DONE]"))


def _long_line(write: Write) -> None:
    write(data(chunk("stop", content="x" * 10 * MEGABYTE), "[DONE]"))


def _endless_line(write: Write) -> None:
    write(b"data: ")
    while True:
        write(b"x" * MEGABYTE)


def _endless(write: Write) -> None:
    event = data(chunk(content="word " * 1000))
    while True:
        write(event)


def _endless_empty(write: Write) -> None:
    events = data(chunk()) * 1000
    while True:
        write(events)


WRITERS: dict[str, Callable[[Write], None]] = {
    "byte-by-byte": _byte_by_byte,
    "slow-reasoning": _slow_reasoning,
    "long-line": _long_line,
    "endless-line": _endless_line,
    "endless": _endless,
    "endless-empty": _endless_empty,
}


def deviating_server() -> AbstractContextManager[str]:
    """The process; its base URL."""
    return server_process("tests.core.serving.deviating_server")


if __name__ == "__main__":
    announce_and_serve(_Handler)
