"""The one kind of error that a user sees."""

from __future__ import annotations

import errno
from typing import Any, Literal

from core.printable import printable_lines

JobCommand = Literal["resume", "logs"]


class LabtopError(Exception):
    """Something went wrong in a way we know: one plain sentence, and a hint that says what to do about it."""

    def __init__(self, message: str, hint: str | None = None, *, job_command: JobCommand | None = None) -> None:
        super().__init__(message)
        self.message = printable_lines(message)
        self.hint = hint and printable_lines(hint)
        self.job_command = job_command
        """What helps further when this ends a job: `labtop process resume` or `logs`. Only the job knows its id."""

    def to_data(self) -> dict[str, str | None]:
        """The error as the `error` field of an event."""
        command = {} if self.job_command is None else {"job_command": self.job_command}
        return {"message": self.message, "hint": self.hint, **command}


class IncompleteError(LabtopError):
    """Work that was done but for a part: its result counts, and when it is done again only that part is."""

    def __init__(self, message: str, hint: str, result: dict[str, Any]) -> None:
        super().__init__(message, hint, job_command="resume")
        self.result = result


def disk_error(error: OSError, doing: str) -> LabtopError:
    """The sentence for an operating-system error met while `doing` something, for example "writing data/x.jsonl"."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LabtopError(
            f"The disk is full: {reason.lower()} while {doing}.",
            hint="Free some space (df -h shows where) and do it again.",
            job_command="resume",
        )
    return LabtopError(f"{reason} while {doing}.", hint="Check that the folder exists and that you may write there.")


def lock_error(error: OSError, path: object, remedy: str) -> LabtopError:
    """The sentence for a lock that cannot be taken because the file system has none, or for another reason."""
    if error.errno in _NO_LOCKS:
        return LabtopError(
            f"The file system of {path} does not support file locks (flock): {error.strerror}.",
            hint=f"{remedy}, or mount the file system with locks (Lustre: -o flock).",
        )
    return disk_error(error, f"locking {path}")


_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
"""What file systems without locks answer: some NFS, Lustre mounted with noflock, some FUSE."""
