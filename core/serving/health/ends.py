"""Why a server ended, or never became ready: the error that a user sees, from its exit status and its last lines."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path

from core.errors import LabtopError
from core.serving.announcement import find_failure, ready_url
from core.serving.plan import ServerPlan
from core.serving.vllm.failures import explain

SHOWN_LINES = 5
"""Last lines of the log in an error."""

LINE_CHARACTERS = 300
"""Of a line that is shown."""


def end_error(
    plan: ServerPlan, status: int | None, lines: Sequence[str], log_file: Path, *, was_ready: bool
) -> LabtopError:
    """The error of a server that ended by itself with `status`; None for one that stopped answering.

    It is the server's own error if it wrote one, or a sentence on a failure of vLLM that is known.
    """
    failure = find_failure(lines)
    if failure is not None:
        return failure
    explained = explain(lines) if plan.backend == "vllm" else None
    when = "while it was in use" if was_ready else "before it was ready"
    what = f"The server for {plan.what} {describe_status(status)} {when}."
    if explained is not None:
        return LabtopError(
            f"{what} {explained.message}", hint=f"{explained.hint} Its log: {log_file}", code=explained.code
        )
    return LabtopError(
        f"{what}{_memory(status)}{_last(lines)}",
        hint=f"Its log may say more: {log_file}",
        code="server-died" if status is not None else "server-hung",
        job_command="resume",
    )


def describe_status(status: int | None) -> str:
    if status is None:
        return "stopped answering"
    return f"ended with signal {-status}" if status < 0 else f"ended with status {status}"


def _memory(status: int | None) -> str:
    return " The kernel does this when memory runs out." if status == -signal.SIGKILL else ""


def _last(lines: Sequence[str]) -> str:
    written = [line for line in lines if ready_url(line) is None]
    shown = [line[:LINE_CHARACTERS] for line in written[-SHOWN_LINES:]]
    if not shown:
        return ""
    if len(shown) == 1:
        return f" Its last line: {shown[0]}"
    return "\n".join([" Its last lines:", *(f"  {line}" for line in shown)])
