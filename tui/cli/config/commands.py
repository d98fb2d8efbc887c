"""`labtop config show` and `edit`."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core import paths
from core.errors import LabtopError
from tui.cli.config.init import init
from tui.cli.config.migrate import migrate
from tui.cli.configured import OptionCommand, load_settings
from tui.cli.global_options import global_options, require_config
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.config.options.config import ShowSettingsOptions


@click.group()
def config() -> None:
    """Create, show and edit the settings: the defaults of all options, in one commented file."""


config.add_command(init)
config.add_command(migrate)


def _file(context: click.Context) -> Path:
    return global_options(context).config_file or paths.current().config_file


@config.command(cls=OptionCommand, options="config show")
@click.pass_context
def show(context: click.Context, options: ShowSettingsOptions) -> None:
    """Show all settings and where each value comes from."""
    from core.config.save import render

    key = options.key
    named = global_options(context).config_file
    if named is not None:
        require_config(named)
    resolved = load_settings(context)
    for note in resolved.notes:
        click.echo(note, err=True)
    value: Any = resolved.to_data()
    names = key.split(".") if key else []
    for place, part in enumerate(names):
        if not isinstance(value, dict) or part not in value:
            near = difflib.get_close_matches(part, value if isinstance(value, dict) else (), n=1)
            hint = f" Did you mean {'.'.join([*names[:place], near[0], *names[place + 1 :]])}?" if near else ""
            raise click.UsageError(f"There is no setting {key}.{hint}")
        value = value[part]
    if options.json_output:
        if key:
            print_json(value)
        else:
            print_json({"settings": value, "origins": resolved.origins})
    elif key is None or isinstance(value, dict):
        click.echo(render(resolved, section=key, comments=not options.without_comments))
    else:
        click.echo("" if value is None else value)


@config.command()
@click.pass_context
def edit(context: click.Context) -> None:
    """Edit the settings file in $VISUAL or $EDITOR, then check it."""
    from core.config.load import load
    from core.config.save import write_new

    file = _file(context)
    if not file.exists():
        write_new(file, {})
    try:
        click.edit(filename=str(file))
    except click.ClickException as error:
        raise LabtopError(
            error.message, hint="Set the environment variable EDITOR to an installed editor, for example EDITOR=nano."
        ) from error
    load(file)
    click.echo(f"{file} is valid.")
