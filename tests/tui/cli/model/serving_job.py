"""A job that serves a model for itself."""

from __future__ import annotations

from typing import Any

from core.jobs.context import JobContext
from core.serving.lifecycle import start_server
from core.serving.names import BUILTIN_TEACHER


def run(context: JobContext) -> dict[str, Any]:
    """Serve the rule-based teacher until the job is cancelled."""
    with start_server(BUILTIN_TEACHER, log_file=context.folder.path / "teacher.log") as server:
        server.wait()
    return {}
