"""`labtop data generate`, `list` and `show`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.printable import printable, printable_lines
from tui.cli.configured import OptionCommand, given
from tui.cli.given_path import GivenPath

if TYPE_CHECKING:
    from core.config.options.data import ListDatasetsOptions, ShowDatasetOptions
    from core.config.options.generate import GenerateOptions
    from core.sdg.options import GenerateSource

OWN_FILES = ("yaml_rules", "tls_client_cert", "tls_client_key")
"""Options that name files."""


@click.group()
def data() -> None:
    """Generate training data with a teacher model, list it, and show it."""


@data.command(cls=OptionCommand, options="generate")
@click.pass_context
def generate(context: click.Context, options: GenerateOptions) -> None:
    """Generate training data from the changed leaves of the taxonomy.

    Knowledge leaves: the teacher reads the documents chunk by chunk, writes questions and answers, and judges whether
    each is faithful to the chunk, relevant, and understandable on its own. It also writes multiple-choice questions for
    evaluation. Skill leaves: it writes new tasks like the seed examples, answers them, and scores the answers. What is
    kept is mixed into knowledge_train_msgs_*.jsonl (phase 1) and skills_train_msgs_*.jsonl (phase 2).

    Every reply is saved when it arrives. After an interruption, `labtop process resume` continues, and so does the same
    command with the same --output-dir.
    """
    import secrets

    from core import paths
    from core.sdg.job import TEACHER_LOG
    from core.sdg.options import GenerateJob
    from core.serving.credentials import API_KEY_VARIABLE, TLS_PASSWORD_VARIABLE
    from tui.cli.data.generate_notes import notes
    from tui.cli.jobs.follow import Display, absolute, run_job

    for note in notes(options):
        click.echo(note, err=True)
    source = generate_source(options)
    output_dir = options.output_dir or paths.current().datasets_dir
    if not given(context, "output_dir"):  # the setting is the folder of all runs, the option that of one
        output_dir /= f"{datetime.now():%Y-%m-%d_%H%M%S}"
    fresh = secrets.token_hex(8) if options.fresh else False
    job = GenerateJob(**{**dict(source), "output_dir": absolute(output_dir), "fresh": fresh})
    secrets_of_run = {API_KEY_VARIABLE: options.api_key, TLS_PASSWORD_VARIABLE: options.tls_client_passwd}
    run_job(
        kind="generate",
        runner="core.sdg.job:run",
        options=job.model_dump(mode="json"),
        title=f"Generate data with {source.model}",
        json_output=options.json_output,
        detached=options.detached,
        environment={name: value for name, value in secrets_of_run.items() if value},
        display=Display(options.quiet, TEACHER_LOG if options.enable_serving_output else None),
    )


def generate_source(options: GenerateOptions, *, check: bool = True) -> GenerateSource:
    """The inputs and the teacher. With `check`, mistakes raise a LabtopError before a teacher is loaded."""
    from core import paths
    from core.sdg.leaves.changed import checked_leaves
    from core.sdg.options import GenerateSource
    from core.sdg.pipeline.load import check_pipeline
    from core.serving.client import normalise_url
    from core.serving.completions.masking import Mask
    from core.serving.credentials import TLS_PASSWORD_VARIABLE
    from tui.cli.jobs.follow import absolute

    urls = tuple(map(normalise_url, options.endpoint_url))
    model = _local_teacher(options.model) if check and not urls else options.model
    taxonomy = Path(absolute(options.taxonomy_path or paths.current().taxonomy_dir))
    files = {name: Path(absolute(file)) for name in OWN_FILES if (file := getattr(options, name)) is not None}
    pipeline = _pipeline(options.pipeline)
    source = GenerateSource(
        **{**options.generation(), **files, "pipeline": pipeline},
        model=model,
        endpoint_url=urls,
        taxonomy_path=taxonomy,
    )
    if check:
        Mask(options.api_key)
        source.tls(options.tls_client_passwd or os.environ.get(TLS_PASSWORD_VARIABLE)).context()
        check_pipeline(pipeline)
        checked_leaves(taxonomy, options.taxonomy_base, yaml_rules=source.yaml_rules)
    return source


def _local_teacher(given: str) -> str:
    """The folder of a teacher that the job serves itself, or builtin:extractive."""
    from core import paths
    from core.models.local import check_model_folder
    from core.serving.names import BUILTIN_TEACHER, require_model
    from core.system.extras import require

    require("serve")
    model = require_model(given, paths.current().models_dir)
    if model != BUILTIN_TEACHER:
        check_model_folder(Path(model))
    return model


def _pipeline(given: str) -> str:
    """The pipeline as a job needs it: the name of a built-in one, or the absolute path of a folder."""
    from core.config.options.generate import INSTRUCTLAB_PIPELINES
    from core.sdg.pipeline.load import is_built_in
    from tui.cli.jobs.follow import absolute

    if is_built_in(given):
        return given
    if Path(given).name != given or Path(given).is_dir():
        return absolute(given)
    if difference := INSTRUCTLAB_PIPELINES.get(given):
        click.echo(f"labtop has no pipeline {given} and uses full: {difference}.", err=True)
        return "full"
    return given


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print what each block kept, and where the datasets are."""
    from core.jobs.state.job_state import Count
    from tui.cli.jobs.results import show_counts

    names = ("leaf", "block", "produced", "parsed", "kept", "rejected")
    show_counts(Count(*(block[name] for name in names)) for block in result["blocks"])
    for kind in ("knowledge_train", "skills_train"):
        if kind in result["files"]:
            click.echo(f"Mixed dataset ({result['counts'][kind]} records) saved to {result['files'][kind]}")
    if result["dead_letters"]:
        click.echo(f"Unanswered prompts, with reasons: {result['dead_letters']}")
    click.echo(f"Generation took {result['seconds']:.2f} s.")


@data.command("list", cls=OptionCommand, options="data list")
def list_datasets(options: ListDatasetsOptions) -> None:
    """List the datasets, the newest run first."""
    from core import paths
    from core.figures import size
    from core.sdg.datasets.catalogue import find_datasets
    from tui.cli.output import print_json, table

    folders = options.dataset_dirs or (paths.current().datasets_dir,)
    found = [dataset for folder in folders for dataset in find_datasets(folder)]
    if options.json_output:
        print_json(
            [{"path": str(item.path), "created": item.created, "bytes": item.size, "rows": item.rows} for item in found]
        )
        return
    if not found:
        click.echo(
            f"No datasets in {', '.join(map(str, folders))} yet. Create one with: labtop data generate", err=True
        )
        return
    rows = [[item.created.replace("T", " "), size(item.size), f"{item.rows:,}", str(item.path)] for item in found]
    click.echo(table(["CREATED", "SIZE", "ROWS", "DATASET"], rows))


@data.command(cls=OptionCommand, options="data show")
@click.argument("file", type=GivenPath(path_type=Path, dir_okay=False))
def show(file: Path, options: ShowDatasetOptions) -> None:
    """Show the first records of a dataset as readable text."""
    from core.sdg.datasets.catalogue import read_records, turns
    from tui.cli.output import print_json

    records = list(read_records(file, options.limit))
    if options.json_output:
        print_json(records)
        return
    for number, record in enumerate(records, 1):
        click.secho(f"── {number} ──", dim=True)
        for role, text in turns(record):
            click.echo(f"{click.style(printable(role), bold=True)}: {printable_lines(text)}")
    if not records:
        click.echo(f"{file} contains no records.", err=True)
