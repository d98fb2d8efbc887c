"""The life of a model's server: start it by its back end, watch it, and start it again if that was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NoReturn
from urllib.parse import urlsplit

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.events import Reporter
from core.figures import duration
from core.serving.backends import ModelServer
from core.serving.health.watch import WATCHED, Limits, watch
from core.serving.keys import LOCAL, Access, with_access
from core.serving.lifecycle import Server, start, start_on_free_port
from core.serving.plan import ServerPlan
from core.serving.readiness import ATTEMPT_SECONDS, Attempt, ignore_attempt
from core.serving.registry import Purpose

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before a server is started again; each pause is twice the one before it."""

NOTED_ATTEMPTS = 5
"""Every so many attempts are noted in a job: ten seconds."""

STABLE_SECONDS = 600.0
"""A server that ran for this long has its restarts back."""


def start_model(
    planned: ModelServer,
    options: BackendOptions,
    *,
    port: int = 0,
    access: Access = LOCAL,
    log_file: Path,
    purpose: Purpose = "serve",
    on_attempt: Callable[[Attempt], object] = ignore_attempt,
) -> Server:
    """Start a model's server at a port, or at a free one for port 0. Returns when clients can connect.

    See `core.serving.lifecycle.start` for errors and threads.
    """

    def plan(port: int) -> ServerPlan:
        return with_access(planned.plan(port), access)

    seconds = options.max_startup_attempts * ATTEMPT_SECONDS
    if port == 0 and planned.needs_port:
        return start_on_free_port(
            plan,
            host=planned.host,
            log_file=log_file,
            ready_seconds=seconds,
            purpose=purpose,
            on_attempt=on_attempt,
        )
    return start(plan(port), log_file=log_file, ready_seconds=seconds, purpose=purpose, on_attempt=on_attempt)


def report_attempts(stage: Reporter) -> Callable[[Attempt], None]:
    """Reports a start that takes long in notes of a stage: the attempt, and the last line of the server's log.

    Not as progress: its last attempt is a limit, from which no time left follows.
    """
    noted = 0

    def report(attempt: Attempt) -> None:
        nonlocal noted
        if attempt.number % NOTED_ATTEMPTS == 0 and attempt.number != noted:
            noted = attempt.number
            waiting = f"Waiting for the server to start: attempt {attempt.number} of {attempt.total}"
            log = f" Its log: {attempt.last_line}" if attempt.last_line else ""
            stage.note("info", f"{waiting}, after {duration(attempt.seconds)}.{log}")

    return report


@dataclass(frozen=True)
class Report:
    """Receives what happens to a supervised server."""

    attempt: Callable[[Attempt], object] = ignore_attempt
    ready: Callable[[Server], object] = lambda _server: None
    """The server answers; called again after each restart."""
    note: Callable[[Literal["info", "warning"], str], object] = lambda _level, _sentence: None


def serve(
    planned: ModelServer,
    options: BackendOptions,
    *,
    port: int,
    access: Access = LOCAL,
    log_file: Path,
    report: Report,
    limits: Limits = WATCHED,
    pause: Callable[[float], object] = time.sleep,
) -> NoReturn:
    """Serve until the server ends for good: raises its LabtopError. An interrupt stops the server and is raised on.

    A server that was ready once and ended by itself, or stopped answering, is started again at the same port as often
    as the options say.
    """
    used = 0
    was_ready = False
    while True:
        started = time.monotonic()
        try:
            server = start_model(
                planned, options, port=port, access=access, log_file=log_file, on_attempt=report.attempt
            )
        except LabtopError as failed:
            if not was_ready:  # it would fail again: a wrong model, or a wrong option
                raise
            error = failed
        else:
            try:
                was_ready = True
                port = urlsplit(server.base_url).port or port
                report.ready(server)
                status = _watched(server, report, limits)
                error = server.end_error(status)
                server.stop(hung=status is None)
            finally:
                server.stop()
                if server.memory_note:
                    report.note("warning", server.memory_note)
            if time.monotonic() - started >= STABLE_SECONDS:
                used = 0
        if used == options.restart:
            raise error
        seconds = min(FIRST_PAUSE * 2**used, LONGEST_PAUSE)
        used += 1
        report.note("warning", f"{error.message}\nStarting it again in {seconds:g} s ({used} of {options.restart}).")
        pause(seconds)


def _watched(server: Server, report: Report, limits: Limits) -> int | None:
    """Watch a server until it ends; its exit status, or None if it stopped answering."""

    def warn(seconds: float) -> None:
        report.note("warning", f"The server has not answered for {seconds:.0f} seconds.")

    return watch(server.wait, server.base_url, limits=limits, on_silence=warn)
