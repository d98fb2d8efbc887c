"""`labtop config migrate`: convert InstructLab's settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from core import paths
from core.errors import LabtopError
from core.paths import expanded
from core.printable import printable
from tui.cli.configured import OptionCommand
from tui.cli.given_path import GivenPath
from tui.cli.global_options import global_options
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.config.migrate import Migration
    from core.config.options.config import MigrateOptions


@click.command(cls=OptionCommand, options="config migrate")
@click.argument("file", required=False, type=GivenPath(path_type=Path, dir_okay=False))
@click.pass_context
def migrate(context: click.Context, file: Path | None, options: MigrateOptions) -> None:
    """Convert InstructLab's settings file.

    FILE is InstructLab's config.yaml. Default: ~/.config/instructlab/config.yaml, else ~/.config/config.yaml. Settings
    that labtop has, too, are written to labtop's settings file; the others are listed with the reason. FILE is not
    changed.
    """
    from core.config.migrate import find_instructlab, plan_migration, write_migration

    source = file or find_instructlab()
    if source is None:
        raise LabtopError(
            "No settings file of InstructLab was found.", hint="Pass its path: labtop config migrate FILE"
        )
    source = expanded(source).absolute()
    migration = plan_migration(source)
    target = global_options(context).config_file or paths.current().config_file
    if target.exists() and not options.dry_run and not options.force:
        raise LabtopError(
            f"{target} already exists.", hint="To overwrite it: --force. To see what would be written: --dry-run"
        )
    kept = None if options.dry_run else write_migration(migration, target)
    if options.json_output:
        print_json(
            {
                "source": str(source),
                "file": str(target),
                "written": not options.dry_run,
                "taken": [{"from": one.source, "to": one.name, "value": one.value} for one in migration.taken],
                "left": [{"name": one.source, "reason": one.reason} for one in migration.left],
            }
        )
        return
    _show(migration)
    if kept is not None:
        click.echo(f"InstructLab's file is kept as {printable(str(kept))}")
    click.echo("Nothing was written." if options.dry_run else f"Settings written to {printable(str(target))}")


def _show(migration: Migration) -> None:
    from core.config.save import scalar

    click.echo(f"{len(migration.taken)} settings of {printable(str(migration.file))} are converted:")
    for one in migration.taken:
        origin = "" if one.source == one.name else f"  (from {one.source})"
        click.echo(printable(f"  {one.name}: {scalar(one.value)}{origin}"))
    if migration.left:
        click.echo(f"{len(migration.left)} settings are not:")
    for reason in dict.fromkeys(one.reason for one in migration.left):
        names = ", ".join(one.source for one in migration.left if one.reason == reason)
        click.echo(printable(f"  {names}: {reason}"))
