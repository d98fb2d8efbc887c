"""A server that is none of ours: `toy_server.py PORT [dies|loads|deaf]`, with `/health` and no word on its output.

`/end` ends it with status 3, `/sleep` makes it stop answering, `/dead` makes its health 503, and `/leave` ends it and
leaves a child of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

dead: list[str] = []


def end() -> None:
    print("the first of two lines", flush=True)
    print("\x1b[31mcannot go further", flush=True)
    os._exit(3)


def leave() -> None:
    print("child", subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid, flush=True)
    os._exit(0)


ACTIONS = {
    "/end": end,
    "/sleep": lambda: time.sleep(600),
    "/dead": lambda: dead.append("engine"),
    "/leave": leave,
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path in ACTIONS:
            ACTIONS[self.path]()
        ready = self.path == "/health" and "loads" not in sys.argv and not dead
        self.send_response(200 if ready else 503)
        self.send_header("Content-Length", "0")
        self.send_header("X-Toy", os.environ.get("TOY", ""))
        self.end_headers()


if "dies" in sys.argv:
    sys.exit("no GPU here")
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # A child in a session of its own, as torchrun's ranks are.
    sleeper = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", sleeper], start_new_session=True)
    print("child", child.pid, flush=True)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
