"""The job of `model test`."""

from __future__ import annotations

from pathlib import Path

from core import paths
from core.commands.request import JobRequest
from core.config.options.models import ModelTestOptions
from core.errors import LabtopError
from core.evaluation.seed_test.job import SeedTest
from core.evaluation.seed_test.questions import newest_test_file, read_seed_questions
from core.jobs.folder import JobStore
from core.jobs.observe import observe_all
from core.models.local import check_model_folder
from core.models.names import short_name
from core.overview.best import best_model
from core.paths import expanded
from core.serving.names import require_model
from core.system.extras import require


def seed_test_request(options: ModelTestOptions) -> JobRequest:
    """The test that the options ask for. Raises LabtopError for mistakes that can be found before it starts."""
    require("train")
    roots = paths.current()
    given = options.model or _newest_trained()
    names = {"base_model": options.base_model, "model": given}
    folders = {key: Path(require_model(name, roots.models_dir)) for key, name in names.items() if name is not None}
    for folder in folders.values():
        check_model_folder(folder)
    file = options.test_file or newest_test_file(expanded(options.data_dir or roots.datasets_dir))
    file = expanded(file).absolute()
    read_seed_questions(file, options.limit)
    job = SeedTest(model=folders["model"], base_model=folders.get("base_model"), test_file=file, limit=options.limit)
    title = f"Test {short_name(folders['model'])}"
    return JobRequest("evaluate", "core.evaluation.seed_test.job:run", job.model_dump(mode="json"), title)


def _newest_trained() -> str:
    best = best_model(observe_all(JobStore()))
    if best is None:
        raise LabtopError("There is no trained model.", hint="Name a model with --model.")
    return best.path
