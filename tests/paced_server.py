"""An OpenAI-compatible server that streams Markdown at a steady rate, and records when it sends the first byte.

Run as `python -m tests.paced_server PORT_FILE TOKENS_PER_SECOND TOKENS`. Next to the port file, `sent` holds the
time of the monotonic clock at which the first token of the newest reply was written.
"""

from __future__ import annotations

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = "paced"

FIRST_TOKEN = "Firstly "

PARAGRAPH = (
    "Cats **purr** when they breathe in and out, a *low* sound of `25 to 150 Hz` that muscles of the larynx make. "
    "It is heard when they are content, and also when they are hurt: who lives with them learns the difference.\n\n"
    "- the first reason is comfort, with a longer sentence that is wrapped to the next line of a narrow screen\n"
    "- the second reason is `hunger`\n- the third one is contact\n\n"
    "```python\ndef purr(seconds: float) -> str:\n    return 'r' * round(seconds * 25)\n```\n\n"
)


class Handler(BaseHTTPRequestHandler):
    rate: float
    tokens: int
    sent: Path
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self._send(json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        words = PARAGRAPH.replace("\n", " \n ").split(" ")
        try:
            started = time.monotonic()
            for number in range(self.tokens):
                time.sleep(max(0.0, started + number / self.rate - time.monotonic()))
                word = words[number % len(words)]
                self._token(FIRST_TOKEN if not number else word if word == "\n" else f"{word} ")
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            return  # the reader left

    def _token(self, text: str) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL, "choices": [choice]}
        now = time.monotonic()
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()
        if text == FIRST_TOKEN:
            self.sent.write_text(str(now))

    def _send(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        pass


def main(port_file: str, rate: str, tokens: str) -> None:
    from core.jobs.processes import die_with_parent

    die_with_parent()
    Handler.rate, Handler.tokens, Handler.sent = float(rate), int(tokens), Path(port_file).with_name("sent")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    waiting = Path(f"{port_file}.part")
    waiting.write_text(str(server.server_address[1]))
    waiting.rename(port_file)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
