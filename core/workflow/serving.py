"""Serving the tuned model, as the last stage of a run: a separate job, which outlives the run."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import StagePlan
from core.jobs.control import cancel
from core.jobs.folder import JobFolder, JobStore
from core.jobs.launch import launch
from core.jobs.spec import new_spec
from core.serving.arguments import ServeJob
from core.serving.listening import free_port
from core.serving.registry import ServerRecord, ServerRegistry
from core.serving.served_job import await_server
from core.training.phases.stages import WorkContext
from core.workflow.engine import Results, Stage
from core.workflow.options import SERVE, TRAIN, ServeOptions, WorkflowOptions

PLAN = StagePlan(SERVE, "Serve the tuned model", purpose="A separate job serves it, until it is cancelled.")

LOADING_SECONDS = 600.0
"""The longest time without events while loading."""


def serve_stage(context: WorkContext, options: WorkflowOptions) -> Stage:
    """Serve the best checkpoint. A server that an earlier run started for it is reused."""

    def run(results: Results, _number: int) -> dict[str, Any]:
        model = str(results[TRAIN]["best"])
        with context.reporter.stage(PLAN.id, PLAN.title, quiet_seconds=LOADING_SECONDS) as stage:
            job = _serving(model)
            if job is None:
                job = _start(model, options.serve, stage.note)
            server = _await_ready(job)
            stage.note("info", f"Ready at {server.url}, as job {job.id}.")
        return {
            "job": job.id,
            "url": server.url,
            "model": server.name,
            "chat": f"labtop model chat --endpoint-url {server.url}",
            "stop": f"labtop process cancel {job.id}",
        }

    return Stage(SERVE, (PLAN,), run)


def _serving(model: str) -> JobFolder | None:
    """A job on this host that serves the model to anyone."""
    for server in ServerRegistry().read():
        if server.job is not None and server.purpose == "serve" and server.model == model:
            with suppress(LabtopError):  # its folder was removed: the server is about to end
                return JobStore().find(server.job)
    return None


def _start(model: str, options: ServeOptions, note: Any) -> JobFolder:
    port = free_port(options.host, options.port)
    if options.port not in (0, port):
        note("info", f"Port {options.port} is in use: the model is served at port {port}.")
    work = ServeJob(**options.backend_options(), model=model, host=options.host, port=port)
    return launch(new_spec("serve", "core.serving.job:run", work.to_data(), title=f"Serve {Path(model).name}"))


def _await_ready(job: JobFolder) -> ServerRecord:
    """The job's server once it answers. Before that, errors and interrupts stop the job."""
    try:
        return await_server(job)
    except BaseException:
        cancel(job, now=True)
        raise
