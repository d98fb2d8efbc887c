"""Starting the server of a model by its back end."""

from __future__ import annotations

from pathlib import Path

from core.config.options.serve import BackendOptions
from core.serving.backends import ModelServer
from core.serving.keys import LOCAL, Access, with_access
from core.serving.lifecycle import Server, start, start_on_free_port
from core.serving.plan import ServerPlan
from core.serving.registry import Purpose

ATTEMPT_SECONDS = 2.0
"""The time between two attempts to reach a starting server that are counted for the user."""


def start_model(
    planned: ModelServer,
    options: BackendOptions,
    *,
    port: int = 0,
    access: Access = LOCAL,
    log_file: Path,
    purpose: Purpose = "serve",
) -> Server:
    """Start a model's server at a port, or at a free one for port 0. Returns when clients can connect.

    See `core.serving.lifecycle.start` for errors and threads.
    """

    def plan(port: int) -> ServerPlan:
        return with_access(planned.plan(port), access)

    ready_seconds = options.max_startup_attempts * ATTEMPT_SECONDS
    if port == 0 and planned.needs_port:
        return start_on_free_port(
            plan, host=planned.host, log_file=log_file, ready_seconds=ready_seconds, purpose=purpose
        )
    return start(plan(port), log_file=log_file, ready_seconds=ready_seconds, purpose=purpose)
