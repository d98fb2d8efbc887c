"""A test's HTTP server in a process of its own: `python -m MODULE` prints its URL and serves until it is ended."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def server_process(module: str, *arguments: str) -> Iterator[str]:
    """Run a module that calls `announce_and_serve`; its base URL."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def announce_and_serve(handler: type[BaseHTTPRequestHandler]) -> None:
    """Serve on a free port, until the parent ends."""
    from core.jobs.processes import die_with_parent

    die_with_parent()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
        server.serve_forever()
