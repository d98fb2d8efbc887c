"""`labtop taxonomy new`: create a leaf."""

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
    """The folders that may follow in a path; with a single one, its sub-folders too, or it would end the word."""
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
    """Create a leaf.

    PATH is its folder in the taxonomy, such as knowledge/science/astronomy. An attribution.txt is created next to the
    qna.yaml. The author's name is taken from git; for knowledge, the URL, commit and files of the documents are taken
    from their repository. Lint lists what has to be written.
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
        click.echo(f"Created and checked out the branch {printable(made.branch)}")
    for file in made.files:
        click.echo(f"Created {printable(str(file))}")
    for note in made.notes:
        click.secho(printable(note), fg="yellow")
    command = f"labtop taxonomy lint {shlex.quote(str(made.leaf))}"
    click.secho(f"To see what has to be written: {printable(command)}", dim=True)


def _check_options(path: str, options: NewLeafOptions) -> None:
    """Reject options that do not apply to the leaf's kind, and empty paths."""
    empty = next((name for name, value in {"PATH": path, "--document": options.document}.items() if value == ""), None)
    if empty:
        raise click.UsageError(f"{empty} is empty.")
    knowledge = options.kind == "knowledge" if options.kind else path.split("/")[0] == "knowledge"
    of_knowledge = {"--domain": options.domain, "--document": options.document}
    unused = {"--task-description": options.task_description} if knowledge else of_knowledge
    wrong = next((name for name, value in unused.items() if value), None)
    if wrong:
        raise click.UsageError(f"{wrong} is for {'skills' if knowledge else 'knowledge'}, which {path!r} is not.")
    if (options.commit or options.files) and not options.document:
        raise click.UsageError(f"{'--commit' if options.commit else '--file'} requires --document.")
