"""`labtop config init`, `show` and `edit`."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core import paths
from core.errors import LabtopError, disk_error
from core.paths import expanded
from tui.cli.config.migrate import migrate
from tui.cli.configured import OptionCommand, load_settings
from tui.cli.global_options import global_options, require_config
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.config.options.config import ShowSettingsOptions
    from core.config.options.init import InitOptions


@click.group()
def config() -> None:
    """Create, show and edit the settings: the defaults of all options, in one commented file."""


config.add_command(migrate)


def _file(context: click.Context) -> Path:
    return global_options(context).config_file or paths.current().config_file


@config.command(cls=OptionCommand, options="config init")
@click.pass_context
def init(context: click.Context, options: InitOptions) -> None:
    """Write the settings file and create labtop's folders."""
    from core.config.save import write_new

    file = options.config.absolute() if options.config else _file(context)
    if options.interactive:
        click.echo("Welcome to labtop. This guide will help you to set up your environment.")
        click.echo("Please provide the following values to initiate the environment [press Enter for defaults]:")
    if file.exists() and not options.force:
        if not options.interactive:
            raise LabtopError(f"{file} already exists.", hint="To overwrite it: --force")
        if not click.confirm(f"{file} already exists. Overwrite it?"):
            click.echo("Nothing was changed.")
            return
    taxonomy = _taxonomy(options, global_options(context).taxonomy_path)
    folder = taxonomy or paths.current().taxonomy_dir
    base = options.taxonomy_base or _base(options, folder)
    profile = _profile(options)
    asked = {
        "generate": {"taxonomy_path": str(taxonomy) if taxonomy else None, "taxonomy_base": base},
        "train": {"profile": profile, "model_path": _model(options.model_path)},
    }
    chosen = {
        section: {name: value for name, value in values.items() if value is not None}
        for section, values in asked.items()
    }
    write_new(file, chosen)
    _make_folders()
    click.echo(f"You selected: {profile or 'No profile (CPU-only)'}")
    click.echo(f"Settings written to {file}")
    if profile is not None:
        click.echo("The profile is for GPUs, which this version does not support yet; train with --device cpu.")
    click.echo("Initialization completed successfully, you're ready to start using labtop. Enjoy!")
    for line in _next_steps(options, folder, file):
        click.echo(line)


def _taxonomy(options: InitOptions, before: Path | None) -> Path | None:
    """The taxonomy's folder; None for the default one."""
    given = options.taxonomy_path or before
    if given is None and options.interactive:
        default = paths.current().taxonomy_dir
        answer = Path(click.prompt("Path to your taxonomy", default=str(default)))
        given = None if answer == default else answer
    return given and expanded(given).absolute()


def _base(options: InitOptions, taxonomy: Path) -> str | None:
    """The base to compare the taxonomy with; None for the default, which exists in a clone of a shared taxonomy."""
    from core.taxonomy.git.changes import DEFAULT_BASE
    from core.taxonomy.git.usual_base import OWN_BRANCH, usual_base

    if taxonomy.exists():
        base = usual_base(taxonomy)
        return None if base == DEFAULT_BASE else base
    return None if options.repository else OWN_BRANCH


def _profile(options: InitOptions) -> str | None:
    from core.config.profiles import read_profile

    profile = options.profile
    if profile is None and options.interactive:
        profile = _ask_profile()
    if profile is None:
        return None
    read_profile(profile)
    return profile if profile.endswith(".yaml") else f"{profile}.yaml"


def _model(given: str | None) -> str | None:
    """The absolute path of a folder, since settings apply in every folder; a model's name is left as it is."""
    if given is None or ("/" not in given and not Path(given).is_dir()):
        return given
    return str(expanded(given).absolute())


def _make_folders() -> None:
    roots = paths.current()
    for folder in (roots.datasets_dir, roots.checkpoints_dir, roots.models_dir, roots.jobs_dir):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error, f"creating {folder}") from error


def _next_steps(options: InitOptions, taxonomy: Path, file: Path) -> Iterator[str]:
    """What to type next; most commands need a taxonomy."""
    from core.config.migrate import find_instructlab
    from core.taxonomy.git.usual_base import OWN_BRANCH

    theirs, place = find_instructlab(), shlex.quote(str(taxonomy))
    labtop = "labtop" if file == paths.current().config_file else f"labtop --config {shlex.quote(str(file))}"
    if theirs is not None:
        yield f"InstructLab's settings are in {theirs}. To convert them: {labtop} config migrate --force"
    if taxonomy.exists():
        yield f"Next: {labtop} taxonomy tree --taxonomy-path {place}"
    elif options.repository:
        shallow = "--depth 1 " if options.min_taxonomy else ""
        yield f"Next, get your taxonomy: git clone {shallow}{shlex.quote(options.repository)} {place}"
    else:
        create = f"git init -b {OWN_BRANCH} {place} && git -C {place} commit --allow-empty -m 'Start the taxonomy'"
        yield f"Next, create your taxonomy: {create}"
        leaf = "knowledge/SUBJECT --branch add/SUBJECT"
        yield f"Then create a leaf: {labtop} taxonomy new {leaf} --taxonomy-path {place}"


def _ask_profile() -> str | None:
    """Ask with RHEL AI's menu of seven lines."""
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
