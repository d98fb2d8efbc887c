"""`data generate` as a job: the teacher served where none is, and the work done."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from core.events import StagePlan
from core.jobs.context import JobContext
from core.sdg.options import GenerateJob
from core.serving.lifecycle import start_server

TEACHER = "teacher"
GENERATE = "generate"

LOADING_SECONDS = 600.0
"""How long loading a teacher may be quiet."""

REPLY_SECONDS = 300.0
"""How long a slow teacher may take for its next reply."""


def run(context: JobContext) -> dict[str, Any]:
    """Generate with the job's options; see `generate`."""
    options = GenerateJob.from_data(context.options)
    context.reporter.plan(generate_stages(options))
    return generate(context, options)


def generate_stages(options: GenerateJob) -> list[StagePlan]:
    """What a generation run with these options will do."""
    serve = [] if options.endpoint_url else [StagePlan(TEACHER, "Start the teacher")]
    return [*serve, StagePlan(GENERATE, "Generate data", unit="requests")]


def generate(context: JobContext, options: GenerateJob) -> dict[str, Any]:
    """Generate with the options of `core.sdg.worker:generate`; without an `endpoint_url`, `model` is served for it."""
    with ExitStack() as stack:
        if not options.endpoint_url:
            with context.reporter.stage(TEACHER, "Start the teacher", quiet_seconds=LOADING_SECONDS):
                log = context.folder.path / "teacher.log"
                server = stack.enter_context(start_server(options.model, log_file=log, served_name=options.model))
            options = options.model_copy(update={"endpoint_url": server.base_url})
        with context.reporter.stage(GENERATE, "Generate data", quiet_seconds=REPLY_SECONDS):
            return context.work("core.sdg.worker:generate", options.model_dump(mode="json"), GENERATE)
