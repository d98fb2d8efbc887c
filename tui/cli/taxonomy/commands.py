"""`labtop taxonomy diff`, `lint` and `tree`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core.paths import current
from tui.cli.configured import OptionCommand, settings_of
from tui.cli.given_path import GivenPath
from tui.cli.global_options import global_options
from tui.cli.output import print_json
from tui.cli.taxonomy.docs import docs
from tui.cli.taxonomy.new import new

if TYPE_CHECKING:
    from core.config.options.taxonomy import DiffOptions, LintFilesOptions, TreeOptions
    from core.taxonomy.authoring.survey import LeafSummary
    from core.taxonomy.format.diagnostics import Diagnostic
    from core.taxonomy.repair.files import Fixed
    from core.taxonomy.rules.options import AdviceOptions


@click.group()
def taxonomy() -> None:
    """Create, check and compare the leaves of the taxonomy: folders with questions and answers (qna.yaml)."""


taxonomy.add_command(docs)  # light modules: what they need is imported when they run
taxonomy.add_command(new)


@taxonomy.command(cls=OptionCommand, options="taxonomy diff")
@click.pass_context
def diff(context: click.Context, options: DiffOptions) -> None:
    """List the leaves that changed since the base, and check them.

    A leaf has changed if its qna.yaml has; attribution.txt is ignored. Errors that prevent the comparison, such as a
    missing base, are reported even with --quiet.
    """
    from core.printable import printable
    from core.taxonomy import lint
    from core.taxonomy.format.diagnostics import shown
    from core.taxonomy.format.style import INSTRUCTLAB
    from core.taxonomy.format.yaml_rules import read_yaml_rules
    from core.taxonomy.git.changes import Changes, changed_leaves
    from core.taxonomy.layout.tree import path_kind

    rules = read_yaml_rules(options.yaml_rules) if options.yaml_rules else INSTRUCTLAB
    advice, cache_dir = _advice_options(context), current().documents_cache_dir
    path = options.taxonomy_path or current().taxonomy_dir
    if path_kind(path) == "file":
        changes, report = Changes((str(path),), (), ()), lint.lint_paths([path], advice, cache_dir, rules)
    else:
        changes = changed_leaves(path, options.taxonomy_base)
        report = lint.lint_changes(path, changes, advice, cache_dir, rules)
    if options.json_output:
        print_json({"changed": [shown(name) for name in changes.leaves], **report.to_data()})
    elif not options.quiet:
        for name in changes.leaves:
            click.echo(printable(shown(name)))
        _show(report.diagnostics, str)  # InstructLab's lines, which its users and their scripts know
        if not report.errors:
            click.secho(f"Taxonomy in {printable(shown(str(path)))} is valid :)", fg="green")
    if report.errors:
        if not options.quiet and not options.json_output:
            count = report.broken_files
            sentence = f"Reading taxonomy failed with the following error: {count} taxonomy with errors! Exiting."
            click.secho(sentence, fg="red", err=True)
        raise SystemExit(1)


@taxonomy.command(cls=OptionCommand, options="taxonomy lint")
@click.argument("paths", nargs=-1, type=GivenPath(path_type=Path, readable=False))
@click.pass_context
def lint(context: click.Context, paths: tuple[Path, ...], options: LintFilesOptions) -> None:
    """Check leaves.

    PATHS are qna.yaml files, or folders in which all leaves are checked. Default: the configured taxonomy.
    """
    from core.taxonomy.lint import lint_paths

    # The settings are read only without a path: reading them takes longer than checking a leaf.
    configured = None if paths else settings_of(context, "generate")["taxonomy_path"]
    paths = paths or (Path(configured or current().taxonomy_dir),)
    fixes = None
    if options.fix:
        from core.taxonomy.repair.files import fix_paths

        fixes = fix_paths(paths)
    report = lint_paths(paths, _advice_options(context), current().documents_cache_dir)
    if options.json_output:
        print_json({**report.to_data(), **(fixes.to_data() if fixes else {})})
    else:
        _show_fixed(fixes.fixed if fixes else {})
        _show(report.diagnostics, lambda found: found.line_of_text)
        numbers = ((report.files, "file"), (report.errors, "error"), (report.warnings, "warning"))
        click.echo(", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in numbers))
    for error in fixes.failed.values() if fixes else ():
        click.secho(f"{error.message} {error.hint or ''}".strip(), fg="red", err=True)
    if report.errors or (fixes and fixes.failed):
        raise SystemExit(1)


@taxonomy.command(cls=OptionCommand, options="taxonomy tree")
@click.pass_context
def tree(context: click.Context, options: TreeOptions) -> None:
    """Show all leaves as a tree.

    For each leaf: its kind, the number of seed examples, whether it changed since the base, its state in git, and the
    number of findings.
    """
    from core.taxonomy.authoring.survey import GitFacts, survey

    path = options.taxonomy_path or current().taxonomy_dir
    git = GitFacts.of(path, options.taxonomy_base)
    leaves = survey(path, _advice_options(context), current().documents_cache_dir, git)
    if git.problem:  # a tree need not be in git
        click.secho(f"Changes are not shown. {git.problem.message}", dim=True, err=True)
    if options.json_output:
        print_json([leaf.to_data() for leaf in leaves])
    else:
        _show_tree(leaves)


def _advice_options(context: click.Context) -> AdviceOptions:
    """The settings of lint, read without all other settings."""
    from core.taxonomy.rules import settings as rule_settings

    return rule_settings.read(global_options(context).config_file, note=partial(click.echo, err=True))


def _show(diagnostics: tuple[Diagnostic, ...], line_of: Callable[[Diagnostic], str]) -> None:
    for found in diagnostics:
        click.echo(line_of(found))
        if found.hint:
            click.secho(f"    {found.hint}", dim=True)


def _show_fixed(fixed: dict[Path, Fixed]) -> None:
    from core.printable import printable
    from core.taxonomy.format.diagnostics import shown

    for path, codes in fixed.items():
        what = ", ".join(f"{code} ({count})" if count > 1 else code for code, count in codes.items())
        click.secho(f"{printable(shown(str(path)))}: fixed {what}", fg="green")


def _show_tree(leaves: list[LeafSummary]) -> None:
    from core.printable import printable

    above: tuple[str, ...] = ()
    for leaf in leaves:
        parts = tuple(leaf.path.split("/"))
        for depth, part in enumerate(parts):
            if parts[: depth + 1] != above[: depth + 1]:
                about = f"  {leaf.summary}" if depth == len(parts) - 1 else ""
                click.echo(f"{'  ' * depth}{printable(part)}{about}")
        above = parts
