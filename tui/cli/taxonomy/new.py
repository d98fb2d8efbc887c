"""`labtop taxonomy new`: a leaf to begin with."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from core.paths import current
from tui.cli.configured import OptionCommand, settings_of
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.config.options.taxonomy import NewLeafOptions


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


@click.command(cls=OptionCommand, options="taxonomy new", completions={"document": _complete_folder})
@click.argument("path", shell_complete=_complete_path)
def new(path: str, options: NewLeafOptions) -> None:
    """Begin a leaf at PATH, such as knowledge/science/astronomy, with an attribution.txt beside it.

    Who wrote it comes from git, and for knowledge the documents' address, commit and files from their repository. What
    is still to be written, lint tells.
    """
    from core.printable import printable
    from core.taxonomy.authoring.scaffold import NewLeaf, new_leaf

    _check_options(path, options)
    leaf = NewLeaf(
        taxonomy=options.taxonomy_path or current().taxonomy_dir,
        path=path,
        kind=options.kind,
        domain=options.domain,
        task_description=options.task_description,
        document=options.document,
        commit=options.commit,
        files=options.files,
        branch=options.branch,
        base=options.taxonomy_base,
    )
    made = new_leaf(leaf)
    if options.json_output:
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


def _check_options(path: str, options: NewLeafOptions) -> None:
    """Options that mean nothing for the leaf's kind are a mistake, and so are empty ones that name a place."""
    empty = next((name for name, value in {"PATH": path, "--document": options.document}.items() if value == ""), None)
    if empty:
        raise click.UsageError(f"{empty} is empty.")
    knowledge = options.kind == "knowledge" if options.kind else path.split("/")[0] == "knowledge"
    of_knowledge = {"--domain": options.domain, "--document": options.document}
    unused = {"--task-description": options.task_description} if knowledge else of_knowledge
    wrong = next((name for name, value in unused.items() if value), None)
    if wrong:
        raise click.UsageError(f"{wrong} is for {'skills' if knowledge else 'knowledge'}; {path!r} is none.")
    if (options.commit or options.files) and not options.document:
        raise click.UsageError(f"{'--commit' if options.commit else '--file'} needs --document.")
