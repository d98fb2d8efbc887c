"""A small OpenAI-compatible server that streams what its test wants.

Run as `python -m tests.tui.screens.chat.server PORT_FILE [PORT]`.

A question that holds "slow" gets a word every 20 ms without an end; "flood" gets escape codes and long lines as fast as
they are read, without an end; "huge" gets 10 MB in one event; "fail" gets an error; one that asks for pairs gets
two; any other is answered with Markdown that repeats it.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

MODELS = ["tiny-student", "tiny-base"]

PAIRS = "Question: Do cats purr: always?\nAnswer: They do.\n\nQuestion: Who purrs?\nAnswer: Cats do.\n"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._send(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        question = body["messages"][-1]["content"]
        if "fail" in question:
            self._send(500, {"error": {"message": "the model fell over", "type": "server_error"}})
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            if "slow" in question:
                while True:
                    self._piece(body["model"], "again ")
                    time.sleep(0.02)
            while "flood" in question:
                self._piece(body["model"], "\x1b[2J\x1b]0;title\x07" + "tide " * 400)
            if "huge" in question:
                self._piece(body["model"], "x" * 10_000_000)
            asked = "Question: ...\nAnswer: ..." in question
            reply = (
                PAIRS
                if asked
                else f"**{body['model']}** heard {len(body['messages'])} turns.\n\n- {question}\n- second\n"
            )
            for word in reply.split(" "):
                self._piece(body["model"], word + " ")
                time.sleep(0.005)
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            return  # the reader left

    def _piece(self, model: str, text: str) -> None:
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 0,
            "model": model,
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def _send(self, status: int, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


def main(port_file: str, port: str = "0") -> None:
    from core.jobs.processes import die_with_parent

    die_with_parent()
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    waiting = Path(f"{port_file}.part")
    waiting.write_text(str(server.server_address[1]))
    waiting.rename(port_file)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
