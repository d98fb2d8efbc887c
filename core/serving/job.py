"""Serving as a job: a server that outlives the terminal, until it is cancelled."""

from __future__ import annotations

import os
from typing import Any

from core.events import Reporter
from core.jobs.context import JobContext
from core.serving.arguments import ServeJob
from core.serving.backends import model_server
from core.serving.readiness import Attempt
from core.serving.supervisor import Report, serve

NO_QUIET_LIMIT = 1e9
"""Seconds: a server without requests is not stalled."""


def run(context: JobContext) -> dict[str, Any]:
    """Serve with the options (ServeJob). Only ends by LabtopError, when the server ends."""
    options = ServeJob.from_data(context.options)
    with context.reporter.stage("serve", context.spec.title, quiet_seconds=NO_QUIET_LIMIT) as stage:
        planned = model_server(options.model, options, host=options.host, served_name=options.served_name)
        access = options.access(os.environ)
        for sentence in (planned.reason, *planned.notes, *access.notes):
            stage.note("info", sentence)
        report = Report(
            attempt=_Attempts(stage),
            ready=lambda server: stage.note("info", f"Ready at {server.base_url}"),
            note=stage.note,
        )
        serve(planned, options, port=options.port, access=access, log_file=context.folder.log, report=report)


class _Attempts:
    """Reports the attempts to reach a starting server as the stage's progress, each once."""

    def __init__(self, stage: Reporter) -> None:
        self._stage = stage
        self._number = 0

    def __call__(self, attempt: Attempt) -> None:
        if attempt.number != self._number:
            self._number = attempt.number
            self._stage.progress(attempt.number, attempt.total, "attempts")
