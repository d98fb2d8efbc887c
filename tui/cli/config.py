"""`labtop config`: make, show and edit the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from core import paths
from core.errors import LabtopError, disk_error
from tui.cli.config_migrate import migrate
from tui.cli.configured import global_options, load_settings, require_config
from tui.cli.output import print_json


@click.group()
def config() -> None:
    """Settings: every option's default, in one commented file."""


config.add_command(migrate)


def _file(context: click.Context) -> Path:
    return global_options(context).config_file or paths.current().config_file


@config.command()
@click.option("--interactive/--non-interactive", default=True, help="Ask, or take what the options say.")
@click.option("--profile", metavar="NAME", help="Training profile, for example A100_H100_x8.yaml.")
@click.option("--model-path", metavar="DIR", help="Folder of the student to train.")
@click.option("--taxonomy-path", metavar="DIR", help="Folder of your taxonomy.")
@click.option("--taxonomy-base", metavar="REVISION", help="Git revision that changes are counted from.")
@click.option("--force", is_flag=True, help="Write over an existing file without asking.")
@click.pass_context
def init(
    context: click.Context,
    interactive: bool,
    profile: str | None,
    model_path: str | None,
    taxonomy_path: str | None,
    taxonomy_base: str | None,
    force: bool,
) -> None:
    """Write the settings file, and make the folders that labtop works in."""
    from core.config.profiles import read_profile
    from core.config.save import write_new

    file = _file(context)
    if interactive:
        click.echo("Welcome to labtop. This guide will help you to set up your environment.")
        click.echo("Please provide the following values to initiate the environment [press Enter for defaults]:")
    if file.exists() and not force:
        if not interactive:
            raise LabtopError(f"{file} exists already.", hint="--force writes a new one over it.")
        if not click.confirm(f"{file} exists already. Write a new one over it?"):
            click.echo("Nothing was changed.")
            return
    if taxonomy_path is None and global_options(context).taxonomy_path:
        taxonomy_path = str(global_options(context).taxonomy_path)
    if interactive and taxonomy_path is None:
        default = str(paths.current().taxonomy_dir)
        taxonomy_path = click.prompt("Path to your taxonomy", default=default)
        taxonomy_path = None if taxonomy_path == default else taxonomy_path
    if interactive and profile is None:
        profile = _ask_profile()
    if profile is not None:
        read_profile(profile)
        profile = profile if profile.endswith(".yaml") else f"{profile}.yaml"
    generate = {"taxonomy_path": _absolute(taxonomy_path), "taxonomy_base": taxonomy_base}
    train = {"profile": profile, "model_path": _absolute(model_path)}
    chosen: dict[str, dict[str, Any]] = {
        section: {name: value for name, value in values.items() if value is not None}
        for section, values in {"generate": generate, "train": train}.items()
    }
    write_new(file, chosen)
    roots = paths.current()
    for folder in (roots.datasets_dir, roots.checkpoints_dir, roots.models_dir, roots.jobs_dir):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, f"making {folder}") from error
    click.echo(f"You selected: {profile or 'No profile (CPU-only)'}")
    click.echo(f"Settings written to {file}")
    if profile is not None:
        click.echo("It is for training on GPUs, which this version does not do yet: train with --device cpu meanwhile.")
    click.echo("Initialization completed successfully, you're ready to start using labtop. Enjoy!")


def _ask_profile() -> str | None:
    """RHEL AI's menu of seven lines."""
    from core.config.profiles import MENU

    click.echo("Please choose a train profile to use:")
    click.echo("[0] No profile (CPU-only)")
    for number, name in enumerate(MENU, 1):
        click.echo(f"[{number}] {name}")
    number = click.prompt(
        "Enter the number of your choice [hit enter for the default CPU-only profile]",
        default=0,
        type=click.IntRange(0, len(MENU)),
    )
    return MENU[number - 1] if number else None


def _absolute(path: str | None) -> str | None:
    return None if path is None else str(Path(path).expanduser().absolute())


@config.command()
@click.option("--key", "-k", metavar="NAME", help="One setting or section, for example train.num_epochs.")
@click.option("--json", "json_output", is_flag=True, help="One JSON document on stdout.")
@click.pass_context
def show(context: click.Context, key: str | None, json_output: bool) -> None:
    """Show the settings in force, and where each comes from."""
    from core.config.save import render

    named = global_options(context).config_file
    if named is not None:
        require_config(named)
    resolved = load_settings(context)
    for note in resolved.notes:
        click.echo(note, err=True)
    value: Any = resolved.to_data()
    for part in key.split(".") if key else ():
        if not isinstance(value, dict) or part not in value:
            raise click.UsageError(f"There is no setting {key}.")
        value = value[part]
    if json_output:
        if key:
            print_json(value)
        else:
            print_json({"settings": value, "origins": resolved.origins})
    elif key is None or isinstance(value, dict):
        click.echo(render(resolved, section=key))
    else:
        click.echo("" if value is None else value)


@config.command()
@click.pass_context
def edit(context: click.Context) -> None:
    """Open the settings file in $VISUAL or $EDITOR, then check it."""
    from core.config.load import load
    from core.config.save import write_new

    file = _file(context)
    if not file.exists():
        write_new(file, {})
    click.edit(filename=str(file))
    load(file)
    click.echo(f"{file} is valid.")
