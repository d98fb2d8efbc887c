"""`labtop taxonomy new`: a leaf to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from core.paths import current
from tui.cli.configured import ConfiguredCommand, settings_of
from tui.cli.given_path import GivenPath
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.taxonomy.authoring.scaffold import LeafKind

KINDS = ("knowledge", "skill", "grounded-skill")


def _complete_path(context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The folders that a leaf's path may go on with. One alone would end the word, so its own folders come with it."""
    from core.taxonomy.layout.tree import folders_below

    given = context.params.get("taxonomy_path")
    configured = None if given else settings_of(context.parent, "generate")["taxonomy_path"]
    taxonomy = Path(given or configured or current().taxonomy_dir)
    found = folders_below(taxonomy, typed)
    if len(found) == 1:
        found += folders_below(taxonomy, f"{found[0]}/")
    return [CompletionItem(name) for name in found]


def _complete_folder(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    return [CompletionItem(typed, type="dir")]


@click.command(cls=ConfiguredCommand, section="generate")
@click.argument("path", shell_complete=_complete_path)
@click.option("--kind", type=click.Choice(KINDS), help="What the leaf teaches.  [default: what the path says]")
@click.option("--domain", default="", help="Knowledge: the subject, such as astronomy.")
@click.option("--task-description", default="", help="Skill: what the model shall learn to do.")
@click.option(
    "--document",
    metavar="DIR|URL",
    shell_complete=_complete_folder,
    help="Knowledge: the documents' git repository, a folder here or an address.",
)
@click.option("--commit", metavar="REV", help="The documents' commit, branch or tag.  [default: HEAD]")
@click.option(
    "--file",
    "files",
    metavar="PATTERN",
    multiple=True,
    help="A document, or a pattern of some; may be repeated.  [default: all markdown files]",
)
@click.option("--branch", metavar="NAME", help="Make this branch in the taxonomy's repository, for the leaf.")
@click.option("--taxonomy-path", type=GivenPath(path_type=Path), help="The taxonomy's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def new(
    context: click.Context,
    path: str,
    kind: LeafKind | None,
    domain: str,
    task_description: str,
    document: str | None,
    commit: str | None,
    files: tuple[str, ...],
    branch: str | None,
    taxonomy_path: Path | None,
    as_json: bool,
) -> None:
    """Begin a leaf at PATH, such as knowledge/science/astronomy, with an attribution.txt beside it.

    Who wrote it comes from git, and for knowledge the documents' address, commit and files from their repository. What
    is still to be written, lint tells.
    """
    from core.printable import printable
    from core.taxonomy.authoring.scaffold import NewLeaf, new_leaf

    _check_options(path, kind, domain, task_description, document, commit, files)
    options = NewLeaf(
        taxonomy=taxonomy_path or current().taxonomy_dir,
        path=path,
        kind=kind,
        domain=domain,
        task_description=task_description,
        document=document,
        commit=commit,
        files=files,
        branch=branch,
        base=settings_of(context.parent, "generate")["taxonomy_base"],
    )
    made = new_leaf(options)
    if as_json:
        print_json(made.to_data())
        return
    if made.branch:
        click.echo(f"Branch {printable(made.branch)} is checked out.")
    for file in made.files:
        click.echo(f"Made {printable(str(file))}")
    for note in made.notes:
        click.secho(printable(note), fg="yellow")
    command = f"labtop taxonomy lint {shlex.quote(str(made.leaf))}"
    click.secho(f"What is still to be written: {printable(command)}", dim=True)


def _check_options(
    path: str,
    kind: str | None,
    domain: str,
    task_description: str,
    document: str | None,
    commit: str | None,
    files: tuple[str, ...],
) -> None:
    """Options that mean nothing for the leaf's kind are a mistake, and so are empty ones that name a place."""
    empty = next((name for name, value in {"PATH": path, "--document": document}.items() if value == ""), None)
    if empty:
        raise click.UsageError(f"{empty} is empty.")
    knowledge = kind == "knowledge" if kind else path.split("/")[0] == "knowledge"
    given = {"--domain": domain, "--document": document} if not knowledge else {"--task-description": task_description}
    wrong = next((name for name, value in given.items() if value), None)
    if wrong:
        raise click.UsageError(f"{wrong} is for {'skills' if knowledge else 'knowledge'}; {path!r} is none.")
    if (commit or files) and not document:
        raise click.UsageError(f"{'--commit' if commit else '--file'} needs --document.")
