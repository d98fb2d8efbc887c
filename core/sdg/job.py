"""`data generate` as a job: serves the teacher if it has no endpoint, and runs the worker."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from core.errors import IncompleteError, LabtopError
from core.events import Reporter, StagePlan
from core.jobs.context import JobContext
from core.sdg.leaves.gathered import LEFT_OUT_HINT, left_out_message
from core.sdg.options import GenerateJob
from core.sdg.pipeline.load import check_pipeline
from core.serving.backends import model_server
from core.serving.client import list_models
from core.serving.credentials import API_KEY_VARIABLE
from core.serving.lifecycle import Server
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry, find_server
from core.serving.supervisor import report_attempts, start_model

TEACHER = "teacher"
TEACHER_LOG = "teacher.log"
"""In the job's folder."""
GENERATE = "generate"

LOADING_SECONDS = 600.0
"""How long loading a teacher may take without any report."""

REPLY_SECONDS = 300.0
"""How long a slow teacher may take for its next reply."""

STOP_SECONDS = 10.0
"""How long a stop may take: replies are stored as they arrive, so only those in flight are lost."""


def run(context: JobContext) -> dict[str, Any]:
    """Generate with the job's options; see `generate`.

    Raises IncompleteError when prompts got no answer, or with `strict` when leaves were left out.
    """
    options = GenerateJob.from_data(context.options)
    context.reporter.plan(generate_stages(options))
    result = generate(context, options)
    if error := shortfall(options, result):
        raise error
    return result


def shortfall(options: GenerateJob, result: dict[str, Any]) -> IncompleteError | None:
    """What a finished run is missing: answers to some prompts or, with `strict`, leaves."""
    if result["incomplete"]:
        return IncompleteError(
            f"{result['unanswered']:,} prompts got no answer; the datasets were written without them.",
            f"{result['dead_letters']} says why. The same command requests only these again.",
            result,
        )
    if options.strict and result["left_out"]:
        return IncompleteError(left_out_message([leaf["leaf"] for leaf in result["left_out"]]), LEFT_OUT_HINT, result)
    return None


def generate_stages(options: GenerateJob) -> list[StagePlan]:
    """What a generation run with these options will do."""
    serve = [] if options.endpoint_url else [StagePlan(TEACHER, "Start the teacher")]
    return [*serve, StagePlan(GENERATE, "Generate data", unit="requests")]


def generate(context: JobContext, options: GenerateJob) -> dict[str, Any]:
    """Generate with the options of `core.sdg.worker:generate`; without an `endpoint_url`, `model` is served for it."""
    check_pipeline(options.pipeline)  # before a teacher is loaded
    with ExitStack() as stack:
        check = None
        if not options.endpoint_url and (url := running_teacher(options.model)) is not None:
            context.reporter.note("info", f"The teacher is served already: using the server at {url}.")
            options = options.model_copy(update={"endpoint_url": (url,)})
        if not options.endpoint_url:
            with context.reporter.stage(TEACHER, "Start the teacher", quiet_seconds=LOADING_SECONDS) as stage:
                server = stack.enter_context(_start_teacher(options, context.folder.path / TEACHER_LOG, stage))
            options = options.model_copy(update={"endpoint_url": (server.base_url,)})
            check = server.check  # our own server is not waited for once it has ended
        with context.reporter.stage(GENERATE, "Generate data", quiet_seconds=REPLY_SECONDS, stop_seconds=STOP_SECONDS):
            arguments = options.model_dump(mode="json")
            return context.work("core.sdg.worker:generate", arguments, GENERATE, check=check)


def _start_teacher(options: GenerateJob, log_file: Path, stage: Reporter) -> Server:
    """Start the teacher's server, and report the attempts to reach it."""
    planned = model_server(options.model, options.serving, served_name=options.model)
    for sentence in (planned.reason, *planned.notes):
        stage.note("info", sentence)
    return start_model(planned, options.serving, log_file=log_file, on_attempt=report_attempts(stage))


def running_teacher(model: str) -> str | None:
    """The URL of a server of labtop that serves the teacher under the name that is sent to it."""
    if model == BUILTIN_TEACHER:  # starting one takes no time and no memory
        return None
    server = find_server(model, ServerRegistry().read())
    if server is None or server.url is None:
        return None
    try:
        served = list_models(server.url, os.environ.get(API_KEY_VARIABLE))
    except LabtopError:  # it needs a key that is not here, or has just ended
        return None
    return server.url if model in served else None
