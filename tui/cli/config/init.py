"""`labtop config init`: write the settings, and create or clone a taxonomy."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core import paths
from core.errors import LabtopError
from core.paths import expanded
from tui.cli.configured import OptionCommand
from tui.cli.global_options import global_options
from tui.cli.output import input_ended

if TYPE_CHECKING:
    from core.config.options.init import InitOptions
    from core.taxonomy.git.create import Author, CreatedTaxonomy

LATER, CREATE, CLONE = range(3)
"""Answers to what is to be done without a taxonomy."""


@click.command(cls=OptionCommand, options="config init")
@click.pass_context
def init(context: click.Context, options: InitOptions) -> None:
    """Write the settings file, create labtop's folders, and on request create or clone a taxonomy."""
    try:
        _init(context, options)
    except click.Abort as stop:
        if sys.stdin.isatty() or isinstance(stop.__cause__, KeyboardInterrupt):
            raise
        hint = "To take the defaults, and what options say, without questions: --non-interactive"
        raise input_ended(hint) from None


def _init(context: click.Context, options: InitOptions) -> None:
    from core.setup.first_run import chosen_settings, profile_file, write_settings

    file = options.config or global_options(context).config_file or paths.current().config_file
    file = file.absolute()
    if options.repository and options.create_taxonomy:
        raise click.UsageError("--repository and --create-taxonomy cannot be used together.")
    if options.interactive:
        click.echo("Welcome to labtop. This guide will help you to set up your environment.")
        click.echo("Please provide the following values to initiate the environment [press Enter for defaults]:")
    if file.exists() and not options.force:
        if not options.interactive:
            raise LabtopError(f"{file} already exists.", hint="To overwrite it: --force")
        if not click.confirm(f"{file} already exists. Overwrite it?"):
            click.echo("Nothing was changed.")
            return
    taxonomy = _taxonomy_path(options, global_options(context).taxonomy_path)
    folder = taxonomy or paths.current().taxonomy_dir
    profile = profile_file(options.profile or (_ask_profile() if options.interactive else None))
    created = _create(options, folder)
    base = options.taxonomy_base or _base(folder)
    values = chosen_settings(profile=profile, taxonomy=taxonomy, base=base, model_path=options.model_path)
    write_settings(file, values, overwrite=True)
    click.echo(f"You selected: {profile or 'No profile (CPU-only)'}")
    click.echo(f"Settings written to {file}")
    if created is not None and created.note:
        click.echo(f"Note: {created.note}")
    click.echo("Initialization completed successfully, you're ready to start using labtop. Enjoy!")
    for line in _next_steps(folder, file):
        click.echo(line)


def _taxonomy_path(options: InitOptions, before: Path | None) -> Path | None:
    """The taxonomy's folder; None for the default one."""
    given = options.taxonomy_path or before
    if given is None and options.interactive:
        default = paths.current().taxonomy_dir
        answer = Path(click.prompt("Path to your taxonomy", default=str(default)))
        given = None if answer == default else answer
    return given and expanded(given).absolute()


def _create(options: InitOptions, folder: Path) -> CreatedTaxonomy | None:
    """Create or clone the taxonomy where this is asked for; None if nothing was done."""
    from core.setup.state import read_setup
    from core.taxonomy.git.create import create_taxonomy

    repository, todo = options.repository, CREATE if options.create_taxonomy else CLONE if options.repository else LATER
    if read_setup(folder, paths.current().config_file).has_taxonomy:
        if todo != LATER:
            click.echo(f"{folder} exists already and is used as it is.")
        return None
    if todo == LATER and options.interactive and sys.stdin.isatty():
        todo = _ask_taxonomy(folder)
        repository = click.prompt("URL or path of its git repository") if todo == CLONE else None
    if todo == CREATE:
        created = create_taxonomy(folder, _author(options, folder))
        click.echo(f"Created the taxonomy {folder}, a git repository with a first commit on its branch main.")
        return created
    return _clone(repository, folder, shallow=options.min_taxonomy) if todo == CLONE and repository else None


def _clone(repository: str, folder: Path, *, shallow: bool) -> CreatedTaxonomy:
    from core.taxonomy.git.addresses import without_login
    from core.taxonomy.git.create import clone_taxonomy
    from tui.cli.taxonomy.fetching import Fetching

    with Fetching(quiet=False) as fetching:
        fetching.begin(f"Cloning {without_login(repository)}")
        created = clone_taxonomy(repository, folder, shallow=shallow, how_far=fetching.update)
    click.echo(f"Cloned {without_login(repository)} to {folder}")
    return created


def _author(options: InitOptions, folder: Path) -> Author | None:
    """Who commits, if git does not know it and there is someone to ask."""
    from core.taxonomy.git.create import Author, git_author

    if git_author(folder) is not None or not (options.interactive and sys.stdin.isatty()):
        return None
    click.echo("Git does not know who you are; every commit contains a name and an email address.")
    return Author(click.prompt("Your name"), click.prompt("Your email address"))


def _ask_taxonomy(folder: Path) -> int:
    click.echo(f"There is no taxonomy in {folder} yet:")
    click.echo("[0] Create it later")
    click.echo("[1] Create a new one: a git repository with a first commit")
    click.echo("[2] Clone one from a git repository")
    return int(click.prompt("Enter the number of your choice", default=CREATE, type=click.IntRange(LATER, CLONE)))


def _base(taxonomy: Path) -> str | None:
    """The base to compare the taxonomy with; None for the default, which exists in a clone of a shared taxonomy."""
    from core.taxonomy.git.changes import DEFAULT_BASE
    from core.taxonomy.git.usual_base import OWN_BRANCH, usual_base

    base = usual_base(taxonomy) if taxonomy.exists() else OWN_BRANCH
    return None if base == DEFAULT_BASE else base


def _ask_profile() -> str | None:
    """Ask with RHEL AI's menu of seven lines; the default is the profile for this machine's GPUs."""
    from core.config.profiles import MENU
    from core.setup.profile import fitting_profile
    from core.system.gpu import GpuMonitor

    monitor = GpuMonitor()
    fitting = fitting_profile([gpu.name for gpu in monitor.read().gpus])
    monitor.close()
    click.echo("Please choose a train profile to use:")
    click.echo("[0] No profile (CPU-only)")
    for number, name in enumerate(MENU, 1):
        click.echo(f"[{number}] {name}")
    default = 0 if fitting is None else MENU.index(fitting) + 1
    meaning = "CPU-only" if fitting is None else fitting
    question = f"Enter the number of your choice [hit enter for the default {meaning} profile]"
    number = click.prompt(question, default=default, type=click.IntRange(0, len(MENU)))
    return MENU[number - 1] if number else None


def _next_steps(taxonomy: Path, file: Path) -> Iterator[str]:
    """What to type next; most commands need a taxonomy."""
    from core.config.migrate import find_instructlab
    from core.taxonomy.layout.tree import KIND_FOLDERS

    theirs, place = find_instructlab(), shlex.quote(str(taxonomy))
    labtop = "labtop" if file == paths.current().config_file else f"labtop --config {shlex.quote(str(file))}"
    if theirs is not None:
        yield f"InstructLab's settings are in {theirs}. To convert them: {labtop} config migrate --force"
    if any((taxonomy / kind).is_dir() for kind in KIND_FOLDERS):
        yield f"Next: {labtop} taxonomy tree --taxonomy-path {place}"
        return
    if not taxonomy.exists():
        yield f"Next, create your taxonomy: {labtop} config init --force --create-taxonomy --taxonomy-path {place}"
    leaf, then = "knowledge/SUBJECT --branch add/SUBJECT", "Next," if taxonomy.exists() else "Then"
    yield f"{then} create a leaf: {labtop} taxonomy new {leaf} --taxonomy-path {place}"
