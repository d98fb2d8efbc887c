"""`labtop service`: a model served by systemd, which restarts it and starts it at boot."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from core.config.option_table import TABLE
from core.figures import duration
from core.printable import printable
from tui.cli.configured import OptionCommand, click_option, given, say
from tui.cli.global_options import global_options
from tui.cli.model.serve import ServeCommand, vllm_arguments
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.config.options.serve import ServeOptions
    from core.config.options.service import ServiceLogsOptions, ServiceStatusOptions
    from core.serving.service.manager import ServiceState
    from core.serving.service.state import Service


def complete_service(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from core.serving.service.installed import installed

    return [CompletionItem(name) for name in installed() if name.startswith(incomplete)]


one_service = click.argument("name", required=False, shell_complete=complete_service)
"""The argument that selects a service; the only one without it."""


@click.group()
def service() -> None:
    """Serve a model as a service of systemd: it restarts after a failure, and can start at boot."""


@service.command(
    cls=ServeCommand,
    options="serve",
    params=[click_option(row) for row in TABLE["service install"].options],
    context_settings={"help_option_names": ["--help"]},
)
@vllm_arguments
@click.pass_context
def install(
    context: click.Context,
    options: ServeOptions,
    vllm_args: tuple[str, ...],
    name: str | None,
    print_unit: bool | None,
    no_start: bool | None,
) -> None:
    """Install a systemd user service that runs `labtop model serve`, and start it.

    It takes the options of `model serve`. A service of the same name is replaced.
    """
    from core.commands.service import service_unit
    from core.serving.keys import server_access
    from core.serving.service import installed
    from core.serving.service.manager import UserManager
    from core.serving.service.unit import unit_text

    rows = TABLE["serve"].options
    unit, secrets = service_unit(
        installed.checked_name(name or installed.DEFAULT_NAME),
        options,
        {row.name for row in rows if row.flags and given(context, row.name)},
        extra=vllm_args,
        config_file=global_options(context).config_file,
    )
    if print_unit:
        click.echo(unit_text(unit), nl=False)
        if unit.environment_file is not None:
            say(f"The API key is not in the unit: `service install` writes it to {unit.environment_file}.")
        return
    manager = UserManager()
    manager.require()
    access = server_access(options.host, options.api_key_file, options.allowed_hosts, os.environ)
    replaced = installed.write(unit, secrets)
    manager.reload()
    manager.enable(unit.name)
    if not no_start:
        manager.restart(unit.name)
    file = installed.unit_file(unit.name)
    click.echo(f"{'Replaced' if replaced else 'Installed'} the service {unit.name}: {printable(str(file))}")
    if unit.environment_file is not None:
        click.echo(f"The API key is in {printable(str(unit.environment_file))}, which only you can read.")
    for note in access.notes:
        click.echo(printable(note))
    click.echo("It starts at the next login or boot." if no_start else "It is starting; this may take minutes.")
    _report_linger(manager.lingers())
    click.echo(f"Next: labtop service status {unit.name}, labtop service logs {unit.name}")


@service.command(cls=OptionCommand, options="service status")
@one_service
def status(name: str | None, options: ServiceStatusOptions) -> None:
    """Show services and their servers; without NAME all that labtop installed."""
    from core.serving.service.installed import installed, require_installed
    from core.serving.service.manager import UserManager
    from core.serving.service.state import read_service

    names = installed() if name is None else [require_installed(name)]
    manager = UserManager()
    if names:
        manager.require()
    services = [read_service(one, manager) for one in names]
    if options.json_output:
        print_json([one.to_data() for one in services])
    elif not services:
        click.echo("No service is installed. Install one with: labtop service install")
    else:
        click.echo("\n\n".join("\n".join(_lines(one)) for one in services))
        if any(one.state is not None and one.state.enabled for one in services):
            _report_linger(manager.lingers())


@service.command(cls=OptionCommand, options="service logs")
@one_service
def logs(name: str | None, options: ServiceLogsOptions) -> None:
    """Show what a service printed; the server's own log is a file that `service status` names."""
    from core.serving.service.installed import require_installed
    from core.serving.service.manager import UserManager

    lines = UserManager().log_lines(require_installed(name), options.lines, follow=options.follow)
    for line in lines:
        click.echo(printable(line))


@service.command()
@one_service
def remove(name: str | None) -> None:
    """Stop a service and delete its unit; models and settings are kept."""
    from core.errors import LabtopError
    from core.serving.service.installed import delete, require_installed
    from core.serving.service.manager import UserManager

    chosen = require_installed(name)
    manager = UserManager()
    try:
        manager.require()
    except LabtopError:  # its files would otherwise stay where no manager runs any more
        delete(chosen)
        click.echo(f"Deleted the files of {chosen}; no systemd manager runs that could have started it.")
        return
    manager.disable(chosen)
    delete(chosen)
    manager.reload()
    click.echo(f"Stopped and removed the service {chosen}.")


def _report_linger(lingers: bool | None) -> None:
    if lingers is False:
        from core.serving.service.manager import user_name

        say(
            f"It stops when you log out, and starts at your login. To run it from boot on: "
            f"sudo loginctl enable-linger {user_name()}"
        )


def _lines(one: Service) -> list[str]:
    from core.serving.service.installed import unit_of
    from core.serving.service.unit import command_words

    rows: list[tuple[str, Any]] = [("Service", f"{one.name}: {_state(one.state)}")]
    if one.server is not None:
        where = "loading" if one.server.url is None else f"at {one.server.url}"
        rows += [("Server", f"{one.server.name}, {where}"), ("Log", one.server.log)]
    rows += [("Unit", one.unit), ("Command", command_words(unit_of(one.name)) or "unknown")]
    return [f"{head + ':':<9}{printable(str(value))}" for head, value in rows]


def _state(state: ServiceState | None) -> str:
    """A service's state as a phrase."""
    if state is None:
        return "not known to systemd (systemctl --user daemon-reload reads its unit)"
    parts = [f"{state.active} ({state.sub})"]
    if state.changed is not None:
        parts.append(f"for {duration(max(0.0, time.time() - state.changed))}")
    if state.active in ("failed", "activating") and state.result != "success":
        parts.append(f"last result: {state.result}, status {state.exit_status}")
    if state.restarts:
        parts.append(f"{state.restarts} restarts")
    parts.append("starts by itself" if state.enabled else "does not start by itself")
    return ", ".join(parts)
