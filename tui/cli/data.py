"""`labtop data`: generate training data from the taxonomy, list it, read it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from tui.cli.configured import ConfiguredCommand
from tui.cli.given_path import GivenPath

FOLDER = GivenPath(path_type=Path, file_okay=False)
_SEED = click.IntRange(0, 2**32 - 1)


@click.group()
def data() -> None:
    """Synthetic data: have a teacher write it, list it, read it."""


@data.command(cls=ConfiguredCommand, section="generate")
@click.option(
    "--model",
    help="The teacher: a model's folder, builtin:extractive (rules, no model needed), or with --endpoint-url the name"
    " that is sent.",
)
@click.option("--endpoint-url", help="A teacher that is served already (OpenAI-compatible). Its key: LABTOP_API_KEY.")
@click.option("--taxonomy-path", type=FOLDER, help="The taxonomy's folder.")
@click.option("--taxonomy-base", help="Generate from leaves changed since this git revision; 'empty' takes all.")
@click.option("--output-dir", type=FOLDER, help="Where the run is written. One that is there is taken up again.")
@click.option("--pipeline", help="What the teacher is asked: a built-in pipeline's name, or a folder with your own.")
@click.option(
    "--sdg-scale-factor",
    type=click.IntRange(min=1),
    help="New questions for each seed example of a skill.  [default: as the pipeline says, 30]",
)
@click.option("--max-num-tokens", type=click.IntRange(min=1), help="The most tokens of one reply of the teacher.")
@click.option("--chunk-word-count", type=click.IntRange(min=1), help="The most words of a document's chunk.")
@click.option(
    "--concurrency",
    type=click.IntRange(min=1),
    help="Requests under way at a time.  [default: twice the server's slots, or 64]",
)
@click.option("--seed", type=_SEED, default=42, show_default=True, help="Of sampling and mixing.")
@click.option("--fresh", is_flag=True, help="Start over in the output folder: ask the teacher everything again.")
@click.option("--json", "json_output", is_flag=True, help="Print one JSON document with the job's result.")
@click.option("--detached", "-dt", is_flag=True, help="Start the job and return its id at once.")
@click.pass_context
def generate(
    context: click.Context,
    model: str,
    endpoint_url: str | None,
    taxonomy_path: Path | None,
    taxonomy_base: str,
    output_dir: Path | None,
    pipeline: str,
    sdg_scale_factor: int | None,
    max_num_tokens: int,
    chunk_word_count: int,
    concurrency: int | None,
    seed: int,
    fresh: bool,
    json_output: bool,
    detached: bool,
) -> None:
    """Generate training data from the changed leaves of the taxonomy.

    Knowledge leaves: the teacher reads the documents chunk by chunk, writes questions and answers, and judges whether
    each is faithful to the chunk, to the point, and clear by itself; it also writes a multiple-choice task for
    evaluation. Skill leaves: it writes new tasks after the seed examples, answers and scores them. What is kept is
    mixed into knowledge_train_msgs_*.jsonl (phase 1) and skills_train_msgs_*.jsonl (phase 2).

    Every reply is kept as it comes. After an interruption `labtop process resume` goes on where it stopped, and so does
    the same command with the same --output-dir.
    """
    import secrets

    from core import paths
    from core.models.local import check_model_folder
    from core.sdg.leaves import checked_leaves
    from core.sdg.pipeline import pipeline_folder
    from core.sdg.tokens import TOKENS_PER_WORD
    from core.serving.client import normalise_url
    from core.serving.names import BUILTIN_TEACHER, require_model
    from core.system.extras import require
    from tui.cli.jobs import absolute, run_job

    roots = paths.current()
    if endpoint_url is None:
        require("serve")
        model = require_model(model, roots.models_dir)
        if model != BUILTIN_TEACHER:
            check_model_folder(Path(model))
    else:
        endpoint_url = normalise_url(endpoint_url)
    given = context.get_parameter_source("output_dir") == click.core.ParameterSource.COMMANDLINE
    if output_dir is None or not given:  # the settings name the folder of all runs, the command line that of one
        output_dir = (output_dir or roots.datasets_dir) / f"{datetime.now():%Y-%m-%d_%H%M%S}"
    taxonomy = Path(absolute(taxonomy_path or roots.taxonomy_dir))
    pipeline = pipeline if _is_name(pipeline) else absolute(pipeline)
    # What is wrong here is told before a teacher is loaded.
    pipeline_folder(pipeline)
    checked_leaves(taxonomy, taxonomy_base)
    options: dict[str, Any] = {
        "model": model,
        "endpoint_url": endpoint_url,
        "taxonomy_path": str(taxonomy),
        "taxonomy_base": taxonomy_base,
        "output_dir": absolute(output_dir),
        "pipeline": pipeline,
        "scale": sdg_scale_factor,
        "max_tokens": max_num_tokens,
        "chunk_tokens": round(chunk_word_count * TOKENS_PER_WORD),
        "concurrency": concurrency,
        "seed": seed,
        "fresh": secrets.token_hex(8) if fresh else False,
    }
    run_job(
        kind="generate",
        runner="core.sdg.job:run",
        options=options,
        title=f"Generate data with {model}",
        json_output=json_output,
        detached=detached,
        render=_show_result,
    )


def _is_name(pipeline: str) -> bool:
    return Path(pipeline).name == pipeline and not Path(pipeline).is_dir()


def _show_result(result: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    table.add_column("Leaf and block", overflow="fold")
    table.add_column("Kept", justify="right")
    table.add_column("Rejected")
    leaf = None
    for block in sorted(result["blocks"], key=lambda block: block["leaf"]):
        if block["leaf"] != leaf:
            leaf = block["leaf"]
            table.add_row(Text(leaf, "bold"))
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in block["rejected"].items())
        table.add_row(Text(f"  {block['block']}"), f"{block['kept']:,}", Text(reasons))
    Console().print(table)
    for kind in ("knowledge_train", "skills_train"):
        if kind in result["files"]:
            click.echo(f"Mixed dataset ({result['counts'][kind]} records) saved to {result['files'][kind]}")
    click.echo(f"Generation took {result['seconds']:.2f} s.")


@data.command("list")
@click.option("--dataset-dirs", type=FOLDER, multiple=True, help="Folders to look in.  [default: labtop's datasets]")
@click.option("--json", "json_output", is_flag=True, help="Print one JSON document.")
def list_datasets(dataset_dirs: tuple[Path, ...], json_output: bool) -> None:
    """List the datasets, the newest run first."""
    from core import paths
    from core.sdg.catalogue import find_datasets
    from tui.cli.output import print_json
    from widgets.figures import size

    folders = dataset_dirs or (paths.current().datasets_dir,)
    found = [dataset for folder in folders for dataset in find_datasets(folder)]
    if json_output:
        print_json(
            [{"path": str(item.path), "created": item.created, "bytes": item.size, "rows": item.rows} for item in found]
        )
        return
    if not found:
        click.echo(f"No datasets in {', '.join(map(str, folders))} yet. Make some with: labtop data generate", err=True)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    table.add_column("Dataset", overflow="fold")
    table.add_column("Created")
    table.add_column("Size", justify="right")
    table.add_column("Rows", justify="right")
    for item in found:
        table.add_row(Text(str(item.path)), item.created.replace("T", " "), size(item.size), f"{item.rows:,}")
    Console().print(table)


@data.command()
@click.argument("file", type=GivenPath(path_type=Path, dir_okay=False))
@click.option("--limit", type=click.IntRange(min=1), default=5, show_default=True, help="How many records to show.")
@click.option("--json", "json_output", is_flag=True, help="Print the records as one JSON document.")
def show(file: Path, limit: int, json_output: bool) -> None:
    """Show the first records of a dataset, as a person reads them."""
    from core.sdg.catalogue import read_records, turns
    from tui.cli.output import print_json

    records = list(read_records(file, limit))
    if json_output:
        print_json(records)
        return
    for number, record in enumerate(records, 1):
        click.secho(f"── {number} ──", dim=True)
        for role, text in turns(record):
            click.echo(f"{click.style(_visible(role), bold=True)}: {_visible(text)}")
    if not records:
        click.echo(f"{file} holds no records.", err=True)


def _visible(text: str) -> str:
    """Without characters by which a text from elsewhere could command the terminal."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")
