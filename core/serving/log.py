"""The log of a server, which no other server writes: a line about being ready must be its own."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path


def open_own_log(file: Path) -> tuple[int, Path]:
    """A descriptor to append to a log, and its path: `NAME-2.log` and so on while running servers use the file.

    The lock ends with the last process that has the log as its output. Raises OSError, for a pipe or a device, too.
    """
    path, number = file, 1
    while True:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        if _lock(descriptor):
            return descriptor, path
        os.close(descriptor)
        number += 1
        path = file.with_name(f"{file.stem}-{number}{file.suffix}")


def _lock(descriptor: int) -> bool:
    """Whether no other server writes the log; true where the file system has no locks."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True
