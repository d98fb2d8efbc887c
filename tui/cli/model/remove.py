"""`labtop model remove`: delete models and unfinished downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from core import paths
from core.errors import UsageError
from core.figures import size
from tui.cli.complete import complete_model
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.config.options.models import RemoveModelsOptions


@click.command("remove", cls=OptionCommand, options="model remove")
@click.argument("names", nargs=-1, metavar="NAME...", shell_complete=complete_model)
def remove(names: tuple[str, ...], options: RemoveModelsOptions) -> None:
    """Delete models of labtop's models folder, and unfinished downloads of them.

    A model that a job or a server uses is not deleted.
    """
    from core.commands.models.remove import removals
    from core.commands.models.remove import remove as delete
    from core.commands.request import absolute_path

    wanted = (*names, *options.models)
    if not wanted:
        raise UsageError("Name the models to delete: labtop model remove NAME")
    models_dir = absolute_path(options.models_dir) or paths.current().models_dir
    found = removals(wanted, models_dir)
    named = ", ".join(f"{removal.name} ({size(removal.size)})" for removal in found)
    if not options.force and not click.confirm(f"Delete {named}?", err=options.json_output):
        found, named = [], "nothing"
    for removal in found:
        delete(removal)
    if options.json_output:
        print_json([{"name": removal.name, "bytes": removal.size} for removal in found])
    else:
        click.echo(f"Deleted {named}.")
