"""`python -m core.serving.guard COMMAND…`: run a server of several processes, and end all of them when our parent ends.

The kernel can end one process with its parent (see `core.serving.tied`), but vLLM's engine and workers outlive their
API server when that is killed, and keep the GPUs' memory. Signals to stop are forwarded to the server, and its exit
status is ours.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

from core.jobs.processes import end_processes, session_members, tree, wait_gone

POLL_SECONDS = 0.25
"""Between two looks at the parent."""

GRACE_SECONDS = 5.0
"""For the server to end by itself after our parent has ended."""


def guard(command: list[str]) -> int:
    """Run the command until it ends, or until our parent does; its exit status, negative for a signal."""
    parent = os.getppid()
    server = subprocess.Popen([sys.executable, "-m", "core.serving.tied", *command])

    def forward(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            server.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, forward)
    while True:
        with suppress(subprocess.TimeoutExpired):
            return server.wait(POLL_SECONDS)
        if os.getppid() != parent:
            server.terminate()
            _end_all(server.pid)
            return server.wait()


def _end_all(server: int) -> None:
    """End the server, its descendants and what they left in this session, but not this process."""
    deadline = time.monotonic() + GRACE_SECONDS
    known = set(tree(server))
    while time.monotonic() < deadline and wait_gone(known, POLL_SECONDS):
        known.update(tree(server))
    rest = {process for process in session_members(os.getsid(0)) if process.pid != os.getpid()}
    end_processes(rest | set(wait_gone(known, 0)), grace_seconds=0)


if __name__ == "__main__":
    status = guard(sys.argv[1:])
    if status < 0:
        with suppress(OSError, ValueError):
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    sys.exit(status)
