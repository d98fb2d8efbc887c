"""The job of `model serve --detached`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from core import paths
from core.commands.default_model import default_model
from core.commands.request import JobRequest, Note, absolute, absolute_path, ignore
from core.config.options.serve import BackendOptions, ServeOptions
from core.errors import UsageError
from core.serving.arguments import ServeJob
from core.serving.backends import model_server
from core.serving.names import BUILTIN_TEACHER, require_model
from core.serving.registry import ServerRegistry, find_server
from core.serving.templates import AUTO, TOKENIZER

WORDS = (AUTO, TOKENIZER)
"""Values of --chat-template that are not files."""


def served_model(options: ServeOptions, note: Note = ignore) -> str:
    """The folder of the model to serve, or builtin:extractive. Raises LabtopError for mistakes in the options."""
    if options.json_output and not options.detached:
        raise UsageError("--json requires --detached.")
    if options.log_file is not None and options.detached:
        raise UsageError("--log-file cannot be used with --detached; labtop process logs ID shows the job's log.")
    if options.model_path is None:
        default = default_model()
        note(default.why)
        model = default.path
    else:
        model = require_model(options.model_path, paths.current().models_dir)
    running = None if model == BUILTIN_TEACHER else find_server(model, ServerRegistry().read())
    if running is not None:
        note(f"{running.name} is served already at {running.url} ({running.owner}); this is another server for it.")
    return model


def job_options(options: BackendOptions) -> dict[str, Any]:
    """The fields of BackendOptions as a job needs them: with absolute paths."""
    template = options.chat_template if options.chat_template in WORDS else absolute(options.chat_template)
    paths = {"chat_template": template, "vllm_python": absolute_path(options.vllm_python)}
    return {**options.backend_options(), **paths}


def tuned_model_options(options: BackendOptions) -> dict[str, Any]:
    """How `run` serves the model that it trained: without the adapters of another one."""
    return {**job_options(options), "lora": ()}


def serve_job(options: ServeOptions, model: str) -> ServeJob:
    """The server's options for a model's folder or builtin:extractive."""
    return ServeJob(
        **job_options(options),
        model=model,
        host=options.host,
        port=options.port,
        api_key_file=absolute_path(options.api_key_file),
        allowed_hosts=options.allowed_hosts,
        served_name=options.served_model_name,
    )


def serve_request(options: ServeOptions, note: Note = ignore) -> JobRequest:
    """The server that the options ask for, as a job that outlives the terminal. Raises LabtopError."""
    model = served_model(options, note)
    job = serve_job(options, model)
    model_server(model, job, host=job.host, served_name=job.served_name)  # reports mistakes before the job starts
    for sentence in job.access(os.environ).notes:
        note(sentence)
    return JobRequest("serve", "core.serving.job:run", job.to_data(), f"Serve {Path(model).name}")
