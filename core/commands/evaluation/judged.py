"""Preparing the benchmarks that a judge rates: which model, which judge, which questions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from core import paths
from core.commands.evaluation.local import local_models
from core.commands.request import Note
from core.config.options.evaluate import EvaluateOptions
from core.config.options.serve import BackendOptions
from core.errors import LabtopError, UsageError
from core.evaluation.judging.dk_bench import dk_questions
from core.evaluation.judging.questions import read_questions
from core.models.catalog import BASE, catalog, find_in_catalog, located
from core.models.names import spelling
from core.paths import expanded
from core.serving.backends import model_server
from core.serving.client import list_models, normalise_url
from core.serving.credentials import API_KEY_VARIABLE, JUDGE_KEY_VARIABLE, judge_key
from core.serving.names import BUILTIN_TEACHER, find_model, last_part
from core.serving.registry import ServerRegistry, find_server, hint_with_served
from core.serving.tls.client import TLS_PASSWORD_VARIABLE, client_tls
from core.taxonomy.git.revisions import commit_of
from core.taxonomy.git.usual_base import usual_base
from core.taxonomy.layout.root import check_top

XLSX = "xlsx needs a library that labtop does not have; csv opens in every spreadsheet."


def prepare_mt_bench(options: EvaluateOptions, serving: BackendOptions, note: Note) -> dict[str, Any]:
    """Conversations of two turns."""
    if options.input_questions is not None:
        read_questions(expanded(options.input_questions))
    return {**_models(options, serving), **_judge(options, serving, note)}


def prepare_mt_bench_branch(options: EvaluateOptions, serving: BackendOptions, note: Note) -> dict[str, Any]:
    """The skills of a taxonomy on two branches."""
    taxonomy = expanded(options.taxonomy_path or paths.current().taxonomy_dir).absolute()
    check_top(taxonomy)
    base_branch = options.base_branch or usual_base(taxonomy)
    for branch in (options.branch or "", base_branch):
        commit_of(taxonomy, branch)
    models = _models(options, serving)
    if "base_model" not in models and (base := _default_base()) is not None:
        note(f"No base model was named: comparing with {base}.")
        models["base_model"] = str(base)
    elif "base_model" not in models:
        note("No base model was named: the model is not compared. Pass --base-model to compare it.")
    return {**models, **_judge(options, serving, note), "taxonomy_path": taxonomy, "base_branch": base_branch}


def prepare_dk_bench(options: EvaluateOptions, serving: BackendOptions, note: Note) -> dict[str, Any]:
    """The user's own questions with reference answers. No model is needed if the file has all answers."""
    if "xlsx" in options.output_file_formats:
        raise UsageError(f"--output-file-formats: {XLSX}")
    if options.input_questions is None:
        raise UsageError("--benchmark dk_bench requires --input-questions.")
    file = expanded(options.input_questions)
    answered = all(question.response for question in dk_questions(file))
    models = {"model": str(file.absolute())} if answered and options.model is None else _models(options, serving)
    return {**models, **_judge(options, serving, note)}


def _models(options: EvaluateOptions, serving: BackendOptions) -> dict[str, str]:
    """The model and the base model, which can be served; or the model's name at its endpoint."""
    if options.endpoint_url:
        if options.model is None:
            raise UsageError("No model given. Pass --model with the model's name at the endpoint.")
        base = local_models(options.model_copy(update={"model": options.base_model})) if options.base_model else {}
        return {"model": options.model, **({"base_model": base["model"]} if base else {})}
    models = local_models(options)
    for folder in models.values():
        model_server(folder, serving)
    return models


def _default_base() -> Path | None:
    """The first documented base model that is on this machine."""
    bases = [model for model in catalog() if model.kind == BASE]
    return next((entry.path for entry in located(bases, paths.current().models_dir) if entry.path), None)


def _judge(options: EvaluateOptions, serving: BackendOptions, note: Note) -> dict[str, Any]:
    """The judge: its name at the endpoint, its folder, or builtin:extractive."""
    urls = tuple(map(normalise_url, options.judge_endpoint_url))
    if urls:
        return {"judge_model": _at_endpoint(options, urls, note), "judge_endpoint_url": urls}
    if options.judge_model == BUILTIN_TEACHER:
        note(
            f"{BUILTIN_TEACHER} is no language model: it compares words with reference answers, and rates only "
            "answers that have one."
        )
        return {"judge_model": BUILTIN_TEACHER}
    folder = _on_this_machine(options.judge_model, note)
    changed = {} if options.judge_backend is None else {"backend": options.judge_backend}
    model_server(folder, serving.model_copy(update=changed))
    return {"judge_model": folder}


def _at_endpoint(options: EvaluateOptions, urls: tuple[str, ...], note: Note) -> str:
    """The judge's name at its endpoints: as given, in their spelling, or the only one that is served."""
    given_keys = {JUDGE_KEY_VARIABLE: options.judge_api_key, API_KEY_VARIABLE: options.api_key}
    key = judge_key(urls, {**os.environ, **{name: value for name, value in given_keys.items() if value}})
    password = options.tls_client_passwd or os.environ.get(TLS_PASSWORD_VARIABLE)
    tls = client_tls(options, password)
    served = list_models(urls[0], key, tls=tls)
    given = options.judge_model
    same = [name for name in served if spelling(last_part(name)) == spelling(last_part(given))]
    if given in served or not served:
        return given
    if same:
        return same[0]
    if len(served) == 1 and given == EvaluateOptions.model_fields["judge_model"].default:
        note(f"The judge is {served[0]}, the only model at {urls[0]}.")
        return served[0]
    raise LabtopError(
        f"The endpoint {urls[0]} does not serve the judge {given}; it serves {', '.join(served[:20])}.",
        hint="Pass one of these with --judge-model.",
    )


def _on_this_machine(given: str, note: Note) -> str:
    """The folder of a judge on this machine, whatever the spelling of its name."""
    models_dir = paths.current().models_dir
    if (found := find_model(given, models_dir)) is not None:
        return found
    name = last_part(given)
    documented = find_in_catalog(name)
    place = located([documented], models_dir)[0].path if documented else None
    found = str(place) if place else find_model(name, models_dir)
    if found is not None:
        if "/" in given:
            note(f"The judge is {found}.")
        return found
    servers = ServerRegistry().read()
    if (server := find_server(given, servers)) is not None:
        return server.model
    download = f"labtop model download --repository {documented.repository if documented else name}"
    raise LabtopError(
        f"The judge {name} is not on this machine.",
        hint=hint_with_served(f"Download it: {download} - or use another judge with --judge-endpoint-url.", servers),
        code="no-judge",
    )
