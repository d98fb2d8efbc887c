"""The job of `quickstart`."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.commands.request import JobRequest
from core.config.options.quickstart import QuickstartOptions
from core.models.local import check_model_folder
from core.quickstart.options import quickstart_spec
from core.serving.names import require_model
from core.system.extras import require


def quickstart_request(options: QuickstartOptions) -> JobRequest:
    """The quickstart that the options ask for. Raises LabtopError for mistakes that can be found before it starts."""
    require("cpu")
    student = None if options.student is None else _checked_student(options.student)
    spec = quickstart_spec(
        options.folder, sample=options.sample, student=student, short=options.short, seed=options.seed
    )
    return JobRequest(spec.kind, spec.runner, spec.options, spec.title)


def _checked_student(given: str) -> str:
    """The folder of the model to train. Raises LabtopError if it cannot be trained."""
    model = require_model(given, paths.current().models_dir)
    check_model_folder(Path(model))
    return model
