"""The job of `data generate`."""

from __future__ import annotations

import os
import secrets
from datetime import datetime
from pathlib import Path

from core import paths
from core.commands.generate_notes import notes
from core.commands.request import Given, JobRequest, Note, absolute, absolute_path, ignore
from core.config.options.generate import INSTRUCTLAB_PIPELINES, GenerateOptions
from core.config.options.serve import BackendOptions
from core.config.options.tls import TLS_FILES
from core.errors import LabtopError
from core.models.names import spelling
from core.sdg.leaves.changed import checked_leaves
from core.sdg.options import GenerateJob, GenerateSource
from core.sdg.pipeline.load import check_pipeline, is_built_in
from core.serving.backends import model_server
from core.serving.client import normalise_url
from core.serving.credentials import API_KEY_VARIABLE, Mask
from core.serving.names import find_model, require_model
from core.serving.registry import ServerRegistry, find_server, hint_with_served
from core.serving.tls.client import TLS_PASSWORD_VARIABLE

OWN_FILES = ("yaml_rules", *TLS_FILES)
"""Options that name files."""


def generate_request(
    options: GenerateOptions, given: Given, note: Note = ignore, serving: BackendOptions | None = None
) -> JobRequest:
    """The generation that the options ask for. Raises LabtopError for mistakes that can be found before it starts.

    `serving` are the settings of `model serve`, for a teacher that the job serves itself.
    """
    for sentence in notes(options):
        note(sentence)
    source = generate_source(options, note=note, serving=serving)
    output_dir = options.output_dir or paths.current().datasets_dir
    if "output_dir" not in given.names:  # the setting is the folder of all runs, the option that of one
        output_dir /= f"{datetime.now():%Y-%m-%d_%H%M%S}"
    fresh = secrets.token_hex(8) if options.fresh else False
    job = GenerateJob(**{**dict(source), "output_dir": absolute(output_dir), "fresh": fresh})
    hidden = {API_KEY_VARIABLE: options.api_key, TLS_PASSWORD_VARIABLE: options.tls_client_passwd}
    return JobRequest(
        kind="generate",
        runner="core.sdg.job:run",
        options=job.model_dump(mode="json"),
        title=f"Generate data with {source.model}",
        environment={name: value for name, value in hidden.items() if value},
    )


def generate_source(
    options: GenerateOptions, *, check: bool = True, note: Note = ignore, serving: BackendOptions | None = None
) -> GenerateSource:
    """The inputs and the teacher. With `check`, mistakes raise a LabtopError before a teacher is loaded."""
    urls = tuple(map(normalise_url, options.endpoint_url))
    model = options.model
    teacher = (serving or BackendOptions()).for_teacher(
        gpus=options.gpus, context_tokens=options.server_ctx_size, model_family=options.model_family
    )
    if teacher.vllm_python is not None:
        teacher = teacher.model_copy(update={"vllm_python": absolute_path(teacher.vllm_python)})
    if check and not urls:
        model, urls = _teacher(options.model, teacher, note)
    taxonomy = Path(absolute(options.taxonomy_path or paths.current().taxonomy_dir))
    files = {name: Path(absolute(file)) for name in OWN_FILES if (file := getattr(options, name)) is not None}
    pipeline = _pipeline(options.pipeline, note)
    source = GenerateSource(
        **{**options.generation(), **files, "pipeline": pipeline},
        model=model,
        endpoint_url=urls,
        taxonomy_path=taxonomy,
        serving=teacher,
    )
    if check:
        Mask(options.api_key)
        source.tls(options.tls_client_passwd or os.environ.get(TLS_PASSWORD_VARIABLE)).context()
        check_pipeline(pipeline)
        checked_leaves(taxonomy, options.taxonomy_base, yaml_rules=source.yaml_rules)
    return source


def _teacher(given: str, serving: BackendOptions, note: Note) -> tuple[str, tuple[str, ...]]:
    """A teacher on this machine, which the job serves itself if no server does; or the name and URL of a served one."""
    models_dir = paths.current().models_dir
    servers = ServerRegistry().read()
    if find_model(given, models_dir) is None and (server := find_server(given, servers)) is not None and server.url:
        note(f"Using the server at {server.url} as teacher.")
        return next((name for name in server.names if spelling(name) == spelling(given)), server.name), (server.url,)
    try:
        return _local_teacher(require_model(given, models_dir), serving), ()
    except LabtopError as error:
        raise LabtopError(error.message, hint=hint_with_served(error.hint, servers), code=error.code) from error


def _local_teacher(model: str, serving: BackendOptions) -> str:
    """The folder of a teacher that can be served, or builtin:extractive. Raises LabtopError for any other."""
    model_server(model, serving)
    return model


def _pipeline(given: str, note: Note) -> str:
    """The pipeline as a job needs it: the name of a built-in one, or the absolute path of a folder."""
    if is_built_in(given):
        return given
    if Path(given).name != given or Path(given).is_dir():
        return absolute(given)
    if difference := INSTRUCTLAB_PIPELINES.get(given):
        note(f"labtop has no pipeline {given} and uses full: {difference}.")
        return "full"
    return given
