"""A server that is none of ours: `toy_server.py PORT [dies|loads|deaf]`, with `/health` and no word on its output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        ready = self.path == "/health" and "loads" not in sys.argv
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
