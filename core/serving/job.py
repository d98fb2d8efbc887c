"""Serving as a job: a server that outlives the terminal, until it is cancelled."""

from __future__ import annotations

import os
from typing import Any

from core.jobs.context import JobContext
from core.serving.arguments import ServeJob
from core.serving.backends import model_server
from core.serving.supervisor import Report, report_attempts, serve

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
            attempt=report_attempts(stage),
            ready=lambda server: stage.note("info", f"Ready at {server.base_url}"),
            note=stage.note,
        )
        serve(planned, options, port=options.port, access=access, log_file=context.folder.log, report=report)
