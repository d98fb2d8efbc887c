"""What nobody foresaw: the traceback goes to the log, a sentence to the user."""

from __future__ import annotations

import traceback

from core import paths
from core.errors import LabtopError


def record(details: str) -> LabtopError:
    """Keep the details of a defect for whoever looks into it; the error that tells the user of it."""
    log = paths.current().log_file
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as stream:
            stream.write(details + "\n")
    except OSError:
        return LabtopError("Something unforeseen went wrong.")
    return LabtopError("Something unforeseen went wrong.", hint=f"The details are in {log}.")


def known(error: BaseException) -> LabtopError:
    """The error to show for any error."""
    return error if isinstance(error, LabtopError) else record("".join(traceback.format_exception(error)))
