"""Preparing the benchmarks that score models on this machine, without a judge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core import paths
from core.commands.request import Note
from core.config.options.evaluate import EvaluateOptions
from core.config.options.serve import BackendOptions
from core.errors import UsageError
from core.evaluation.benchmarks import flag
from core.evaluation.facts import read_facts
from core.evaluation.task_folders import DEFAULT_SHOTS, task_files
from core.evaluation.tasks import check_shots, read_tasks
from core.models.local import check_model_folder
from core.paths import expanded
from core.serving.client import normalise_url
from core.serving.names import require_model
from core.system.extras import require

OF_SERVERS = ("gpus", "backend", "enable_serving_output")
"""Options about servers that an evaluation starts."""


def prepare_tasks(options: EvaluateOptions, _serving: BackendOptions, note: Note) -> dict[str, Any]:
    """Multiple choice from task files."""
    if options.endpoint_url:
        models: dict[str, Any] = endpoint_models(options)
    else:
        require("eval" if options.evaluator == "lm-eval" else "train")
        models = {**local_models(options)}
        for name in OF_SERVERS:
            if getattr(options, name):
                note(f"{flag(name)} has no effect: multiple choice is scored in one process, without a server.")
    few_shots = DEFAULT_SHOTS.get(options.benchmark) if options.few_shots is None else options.few_shots
    given = expanded(options.tasks_dir).absolute() if options.tasks_dir else None
    files = [file.absolute() for file in task_files(options.benchmark, given)]
    check_shots(read_tasks(files), few_shots)
    return {**models, "tasks": files, "few_shots": few_shots}


def prepare_facts(options: EvaluateOptions, _serving: BackendOptions, _note: Note) -> dict[str, Any]:
    """Free answers to a file of questions."""
    require("train")
    models = local_models(options)
    if options.questions is None:
        raise UsageError("--benchmark facts requires --questions.")
    questions = expanded(options.questions).absolute()
    read_facts(questions)
    return {**models, "questions": questions}


def endpoint_models(options: EvaluateOptions) -> dict[str, Any]:
    """The names of the model and the base model at an endpoint, whose address is checked."""
    if options.model is None:
        raise UsageError("No model given. Pass --model with its name at the endpoint.")
    if options.evaluator == "lm-eval":
        raise UsageError("--evaluator lm-eval scores models on this machine, without --endpoint-url.")
    given = {"base_model": options.base_model, "model": options.model}
    urls = tuple(map(normalise_url, options.endpoint_url))
    return {**{key: name for key, name in given.items() if name is not None}, "endpoint_url": urls}


def local_models(options: EvaluateOptions) -> dict[str, str]:
    """The model and the base model, which must be complete folders on this machine."""
    if options.model is None:
        raise UsageError("No model given. Pass --model, or set evaluate.model in the settings.")
    given = {"base_model": options.base_model, "model": options.model}
    models_dir = paths.current().models_dir
    folders = {key: Path(require_model(name, models_dir)) for key, name in given.items() if name is not None}
    for folder in folders.values():
        check_model_folder(folder)
    return {key: str(folder) for key, folder in folders.items()}
