"""A program: run a command, and kill it with all that it started when whoever started this program is gone.

Its standard input is a pipe that nobody writes to: it ends with the process that holds its other end, however that
ends, and whichever thread it was started from, to which the kernel would tie its parent-death signal. The program is
to lead a session of its own. It is started by its path, alone, so that a command waits some ten milliseconds for it.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys


def _end_with_the_pipe() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    _thread.start_new_thread(_end_with_the_pipe, ())
    no_input = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
    pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[no_input])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os._exit(status if status >= 0 else 128 - status)


if __name__ == "__main__":
    main()
