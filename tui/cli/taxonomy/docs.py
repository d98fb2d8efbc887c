"""`labtop taxonomy docs`: fetch the documents of changed leaves, and check them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.paths import current
from tui.cli.configured import OptionCommand
from tui.cli.global_options import global_options
from tui.cli.output import print_json
from tui.cli.signals import ended_by_signals
from tui.cli.taxonomy.fetching import Fetching

if TYPE_CHECKING:
    from core.config.options.taxonomy import DocsOptions
    from core.taxonomy.authoring.check_documents import LeafDocuments
    from core.taxonomy.documents.fetch import Document


@click.command(cls=OptionCommand, options="taxonomy docs")
@click.pass_context
def docs(context: click.Context, options: DocsOptions) -> None:
    """Fetch and check the documents of changed leaves.

    For each knowledge leaf that changed since the base, the files that each pattern matches are listed. Each commit is
    fetched once; after that, lint compares contexts with the documents.
    """
    from core.taxonomy.authoring.check_documents import LeafDocuments, check_documents
    from core.taxonomy.format.diagnostics import LintReport
    from core.taxonomy.git.changes import Changes, changed_leaves
    from core.taxonomy.layout.tree import path_kind
    from core.taxonomy.lint import unreadable
    from core.taxonomy.rules import settings as rule_settings

    advice = rule_settings.read(global_options(context).config_file, note=partial(click.echo, err=True))
    path = options.taxonomy_path or current().taxonomy_dir
    single = path_kind(path) == "file"
    changes = Changes((str(path),), (), ()) if single else changed_leaves(path, options.taxonomy_base)
    folder = Path() if single else path
    cache_dir = current().documents_cache_dir
    leaves = [LeafDocuments(name, None, (), (unreadable(Path(name)),)) for name in changes.unreadable]
    for leaf in leaves if not options.json_output else ():
        _show(leaf)
    with ended_by_signals(), Fetching(quiet=options.json_output) as fetching:
        for leaf in check_documents(folder, changes.leaves, advice, cache_dir, fetching.begin, fetching.update):
            fetching.pause()
            leaves.append(leaf)
            if not options.json_output:
                _show(leaf)
    report = LintReport.of(len(leaves), (found for leaf in leaves for found in leaf.diagnostics))
    if options.json_output:
        numbers = {"errors": report.errors, "warnings": report.warnings}
        print_json({"leaves": [leaf.to_data() for leaf in leaves], **numbers})
    elif not leaves:
        click.echo("No knowledge leaf has changed, so there are no documents to fetch.")
    if report.errors:
        raise SystemExit(1)


def _show(leaf: LeafDocuments) -> None:
    from core.printable import printable
    from core.taxonomy.git.addresses import without_login

    click.secho(printable(leaf.path), bold=True)
    if leaf.documents and leaf.source:
        click.echo(f"  {printable(without_login(leaf.source.repo))} at {printable(leaf.source.commit)}")
        lengths = {document.name: _length(document) for document in leaf.documents}
        for pattern, names in leaf.matches.items():
            click.echo(f"  {printable(pattern)}")
            for name in names:
                click.echo(f"    {printable(name)}  {lengths[name]}")
    for found in leaf.diagnostics:
        click.echo(found.line_of_text)
        if found.hint:
            click.secho(f"    {found.hint}", dim=True)


def _length(document: Document) -> str:
    if document.problem is not None:
        return "cannot be used"
    words = len(document.text.split())
    return f"{words:,} word{'' if words == 1 else 's'}"
