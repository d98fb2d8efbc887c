"""The job of `model serve --detached`."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.commands.default_model import default_model
from core.commands.request import JobRequest, Note, ignore
from core.config.options.serve import ServeOptions
from core.errors import UsageError
from core.serving.arguments import ServeJob
from core.serving.names import require_model
from core.system.extras import require


def served_model(options: ServeOptions, note: Note = ignore) -> str:
    """The folder of the model to serve, or builtin:extractive. Raises LabtopError for mistakes in the options."""
    if options.json_output and not options.detached:
        raise UsageError("--json requires --detached.")
    if options.log_file is not None and options.detached:
        raise UsageError("--log-file cannot be used with --detached; labtop process logs ID shows the job's log.")
    require("serve")
    if options.model_path is None:
        default = default_model()
        note(default.why)
        return default.path
    return require_model(options.model_path, paths.current().models_dir)


def serve_request(options: ServeOptions, note: Note = ignore) -> JobRequest:
    """The server that the options ask for, as a job that outlives the terminal. Raises LabtopError."""
    model = served_model(options, note)
    job = ServeJob(model=model, host=options.host, port=options.port, served_name=options.served_model_name)
    return JobRequest("serve", "core.serving.job:run", job.to_data(), f"Serve {Path(model).name}")
