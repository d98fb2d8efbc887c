"""Serving the tuned model, as the last stage of a run: a separate job, which outlives the run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from core.errors import LabtopError
from core.events import StagePlan
from core.jobs.control import cancel
from core.jobs.folder import JobFolder, JobStore
from core.jobs.launch import launch
from core.jobs.observe import ENDED, observe
from core.jobs.spec import new_spec
from core.serving.arguments import ServeJob
from core.serving.client import list_models
from core.serving.listening import free_port
from core.serving.plan import base_url
from core.training.phases import WorkContext
from core.workflow.engine import Results, Stage
from core.workflow.options import SERVE, TRAIN, ServeOptions, WorkflowOptions

PLAN = StagePlan(SERVE, "Serve the tuned model", purpose="A separate job serves it, until it is cancelled.")

LOADING_SECONDS = 600.0
"""The longest time without events while loading."""

POLL_SECONDS = 0.2
RESPONSE_SECONDS = 2.0
"""The time-out of a request to check that the server is ready."""


def serve_stage(context: WorkContext, options: WorkflowOptions) -> Stage:
    """Serve the best checkpoint. A server that an earlier run started for it is reused."""

    def run(results: Results, _number: int) -> dict[str, Any]:
        model = str(results[TRAIN]["best"])
        with context.reporter.stage(PLAN.id, PLAN.title, quiet_seconds=LOADING_SECONDS) as stage:
            job = _serving(model)
            if job is None:
                job = _start(model, options.serve, stage.note)
            url = _await_ready(job)
            stage.note("info", f"Ready at {url}, as job {job.id}.")
        return {
            "job": job.id,
            "url": url,
            "model": list_models(url)[0],
            "chat": f"labtop model chat --endpoint-url {url}",
            "stop": f"labtop process cancel {job.id}",
        }

    return Stage(SERVE, (PLAN,), run)


def _serving(model: str) -> JobFolder | None:
    """A job on this host that serves the model at a known port."""
    for job in JobStore().list():
        served = _arguments(job)
        if served is not None and served.model == model and served.port:
            observation = observe(job)
            # A job without a held lock is not starting either: its launch was killed.
            if observation.status not in ENDED and observation.elsewhere is None and job.is_alive():
                return job
    return None


def _arguments(job: JobFolder) -> ServeJob | None:
    """What a job serves, and where; None for one that serves nothing, or that another version started."""
    if job.spec.kind != "serve":
        return None
    try:
        return ServeJob.from_data(job.spec.options)
    except LabtopError:
        return None


def _start(model: str, options: ServeOptions, note: Any) -> JobFolder:
    port = free_port(options.host, options.port)
    if options.port not in (0, port):
        note("info", f"Port {options.port} is in use: the model is served at port {port}.")
    work = ServeJob(model=model, host=options.host, port=port)
    return launch(new_spec("serve", "core.serving.job:run", work.to_data(), title=f"Serve {Path(model).name}"))


def _await_ready(job: JobFolder) -> str:
    """The server's URL once it answers. Before that, errors and interrupts stop the job."""
    served = ServeJob.from_data(job.spec.options)
    url = base_url(served.host, served.port)
    try:
        while True:
            observation = observe(job)
            if observation.status in ENDED:
                error = observation.error or {}
                raise LabtopError(
                    error.get("message") or f"The server's job {job.id} is {observation.status}.",
                    hint=error.get("hint") or f"Its log may say why: labtop process logs {job.id}",
                    code=error.get("code") or "server-died",
                )
            if _answers(url):
                return url
            time.sleep(POLL_SECONDS)
    except BaseException:
        cancel(job, now=True)
        raise


def _answers(url: str) -> bool:
    try:
        return bool(list_models(url, timeout=RESPONSE_SECONDS))
    except LabtopError:
        return False
