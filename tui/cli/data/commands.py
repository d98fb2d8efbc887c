"""`labtop data generate`, `list` and `show`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.figures import counted
from core.printable import printable, printable_lines
from tui.cli.configured import RESOLVED, OptionCommand, given_of, say
from tui.cli.given_path import GivenPath

if TYPE_CHECKING:
    from core.config.options.data import ListDatasetsOptions, ShowDatasetOptions
    from core.config.options.generate import GenerateOptions


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
    from core.commands.generate import generate_request
    from core.sdg.job import TEACHER_LOG
    from tui.cli.jobs.follow import Display, run_job

    request = generate_request(options, given_of(context), say, context.meta[RESOLVED].settings.serve)
    run_job(
        **request.job(),
        json_output=options.json_output,
        detached=options.detached,
        environment=request.environment,
        display=Display(options.quiet, TEACHER_LOG if options.enable_serving_output else None),
    )


def show_result(result: dict[str, Any], _options: Mapping[str, Any]) -> None:
    """Print what each block kept, and where the datasets are."""
    from core.jobs.state.job_state import Count
    from tui.cli.jobs.results import show_counts

    names = ("leaf", "block", "produced", "parsed", "kept", "rejected")
    show_counts(Count(*(block[name] for name in names)) for block in result["blocks"])
    for kind in ("knowledge_train", "skills_train"):
        if kind in result["files"]:
            click.echo(f"Mixed dataset ({counted(result['counts'][kind], 'record')}) saved to {result['files'][kind]}")
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
    # A folder that was named must exist; the usual one does not before the first data.
    searched = [folder for folder in folders if options.dataset_dirs or folder.exists()]
    found = [dataset for folder in searched for dataset in find_datasets(folder)]
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
