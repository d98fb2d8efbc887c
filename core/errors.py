"""The one kind of error that a user sees."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any, Literal

from core.printable import printable_lines

JobCommand = Literal["resume", "logs"]


class LabtopError(Exception):
    """A failure of a known kind: one plain sentence, and a hint that says what to do about it."""

    def __init__(
        self, message: str, hint: str | None = None, *, code: str | None = None, job_command: JobCommand | None = None
    ) -> None:
        super().__init__(message)
        self.message = printable_lines(message)
        self.hint = hint and printable_lines(hint)
        self.code = code
        """The kind of failure, such as `disk-full`, for programs; None where no program needs to distinguish it."""
        self.job_command = job_command
        """The command that helps when this ends a job: `labtop process resume` or `logs`. Only the job knows its id."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> LabtopError:
        """The error that another process reported by `to_data`."""
        return LabtopError(
            str(data["message"]), data.get("hint"), code=data.get("code"), job_command=data.get("job_command")
        )

    def to_data(self) -> dict[str, str | None]:
        """The error as the `error` field of an event."""
        command = {} if self.job_command is None else {"job_command": self.job_command}
        return {"message": self.message, "hint": self.hint, "code": self.code, **command}


class IncompleteError(LabtopError):
    """The work is done except for a part of it: its result is usable, and a resumed job does only that part."""

    def __init__(self, message: str, hint: str, result: dict[str, Any]) -> None:
        super().__init__(message, hint, code="incomplete", job_command="resume")
        self.result = result


class UsageError(LabtopError):
    """Options that are missing or cannot be used together: the command line ends with status 2, a form says so."""


def first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Of a group of tasks that failed, the error to report: one with a message for the user, if there is one."""
    return next((error for error in errors.exceptions if isinstance(error, LabtopError)), errors.exceptions[0])


def disk_error(error: OSError, doing: str) -> LabtopError:
    """The error for an operating-system error while `doing` something, for example "writing data/x.jsonl"."""
    reason = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LabtopError(
            f"The disk is full: {reason.lower()} while {doing}.",
            hint="Free some space (df -h shows where) and try again.",
            code="disk-full",
            job_command="resume",
        )
    return LabtopError(
        f"{reason} while {doing}.",
        hint="Check that the folder exists and that you may write there.",
        code="file-error",
    )


def lock_error(error: OSError, path: object, remedy: str) -> LabtopError:
    """The error for a lock that cannot be taken because the file system has none, or for another reason."""
    if error.errno in _NO_LOCKS:
        return LabtopError(
            f"The file system of {path} does not support file locks (flock): {error.strerror}.",
            hint=f"{remedy}, or mount the file system with locks (Lustre: -o flock).",
            code="no-file-locks",
        )
    return disk_error(error, f"locking {path}")


_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
"""Returned by file systems without locks: some NFS, Lustre mounted with noflock, some FUSE."""
