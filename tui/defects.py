"""Unexpected errors: the traceback goes to the log, a message to the user."""

from __future__ import annotations

import traceback

from core import paths
from core.errors import LabtopError


def record(details: str) -> LabtopError:
    """Write the details of an unexpected error to the log; return the error to show."""
    log = paths.current().log_file
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(details + "\n")
    except OSError:
        return LabtopError("An unexpected error occurred.")
    return LabtopError("An unexpected error occurred.", hint=f"The details are in {log}.")


def as_labtop_error(error: BaseException) -> LabtopError:
    """The error to show for any exception."""
    return error if isinstance(error, LabtopError) else record("".join(traceback.format_exception(error)))
