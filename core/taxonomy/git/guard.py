"""A program that runs a command, and kills it with all its children when the process that started it is gone.

Its standard input is a pipe that nobody writes to: it closes with the process that holds its other end, however that
ends. The kernel's parent-death signal would depend on the thread that started the program. The program must lead a
session of its own. It is started by its path, without any imports, so that it delays a command by some ten
milliseconds only.
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
