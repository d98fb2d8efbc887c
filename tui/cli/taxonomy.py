"""`labtop taxonomy`: what changed in a taxonomy, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.paths import current
from tui.cli.configured import ConfiguredCommand, settings_of
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.taxonomy.diagnostics import Diagnostic, LintReport
    from core.taxonomy.git import Changes


@click.group()
def taxonomy() -> None:
    """Check and compare the question-and-answer files (qna.yaml) that the method learns from."""


@taxonomy.command(cls=ConfiguredCommand, section="generate")
@click.option(
    "--taxonomy-path",
    type=click.Path(path_type=Path),
    help="The taxonomy's folder, or a single qna.yaml.  [default: the configured taxonomy]",
)
@click.option(
    "--taxonomy-base",
    help="Branch or commit to compare with; 'empty' takes every leaf as changed.  [default: the configured one]",
)
@click.option("--quiet", is_flag=True, help="Print nothing; the exit status tells.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def diff(taxonomy_path: Path | None, taxonomy_base: str, quiet: bool, as_json: bool) -> None:
    """List the leaves that changed since the base, and check them."""
    from core.taxonomy.diagnostics import printable
    from core.taxonomy.git import Changes

    path = taxonomy_path or current().taxonomy_dir
    if path.is_file():
        from core.taxonomy.lint import lint_paths

        changes, report = Changes((str(path),), (), ()), lint_paths([path])
    else:
        changes, report = _changes(path, taxonomy_base)
    if as_json:
        print_json({"changed": list(map(printable, changes.leaves)), **report.to_data()})
    elif not quiet:
        for name in changes.leaves:
            click.echo(printable(name))
        _show(report.diagnostics)
        if not report.errors:
            click.secho(f"Taxonomy in {path} is valid :)", fg="green")
    if report.errors:
        if not quiet and not as_json:
            count = report.broken_files
            sentence = f"Reading taxonomy failed with the following error: {count} taxonomy with errors! Exiting."
            click.secho(sentence, fg="red", err=True)
        raise SystemExit(1)


def _changes(path: Path, base: str) -> tuple[Changes, LintReport]:
    """What changed in a taxonomy, and the findings about it; paths count from the taxonomy's top."""
    from dataclasses import replace

    from core.taxonomy import lint
    from core.taxonomy.diagnostics import LintReport
    from core.taxonomy.git import changed_leaves

    changes = changed_leaves(path, base)
    found = [
        replace(diagnostic, path=name)
        for name in (*changes.leaves, *changes.unused)
        for diagnostic in lint.lint_file(path / name)
    ]
    found += [replace(lint.misnamed(path / name), path=name) for name in changes.misnamed]
    return changes, LintReport.of(len(changes.leaves) + len(changes.unused), found)


@taxonomy.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def lint(context: click.Context, paths: tuple[Path, ...], as_json: bool) -> None:
    """Check leaves: qna.yaml files, or all below the given folders (default: the configured taxonomy)."""
    from core.taxonomy.lint import lint_paths

    # The settings are read only without a path: reading them takes longer than checking a leaf.
    configured = None if paths else settings_of(context, "generate")["taxonomy_path"]
    report = lint_paths(paths or (Path(configured or current().taxonomy_dir),))
    if as_json:
        print_json(report.to_data())
    else:
        _show(report.diagnostics)
        numbers = ((report.files, "file"), (report.errors, "error"), (report.warnings, "warning"))
        click.echo(", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in numbers))
    if report.errors:
        raise SystemExit(1)


@taxonomy.command(cls=ConfiguredCommand, section="generate")
@click.option("--taxonomy-path", type=click.Path(path_type=Path), help="The taxonomy's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def tree(taxonomy_path: Path | None, as_json: bool) -> None:
    """Show all leaves with their kind and the number of their seed examples."""
    from core.taxonomy.survey import survey

    leaves = survey(taxonomy_path or current().taxonomy_dir)
    if as_json:
        print_json([leaf.to_data() for leaf in leaves])
        return
    above: tuple[str, ...] = ()
    for leaf in leaves:
        parts = tuple(leaf.path.split("/"))
        for depth, part in enumerate(parts):
            if parts[: depth + 1] != above[: depth + 1]:
                about = f"  {leaf.summary}" if depth == len(parts) - 1 else ""
                click.echo(f"{'  ' * depth}{part}{about}")
        above = parts


def _show(diagnostics: tuple[Diagnostic, ...]) -> None:
    for found in diagnostics:
        click.echo(str(found))
        if found.hint:
            click.secho(f"    {found.hint}", dim=True)
