"""The table of `labtop model serve --list`."""

from __future__ import annotations

import time

import click

from core.commands.stop_servers import held_by
from core.figures import duration, memory
from core.serving.exclusion import family
from core.serving.health.gpu_memory import read_devices
from core.serving.registry import ServerRecord, ServerRegistry
from tui.cli.output import print_json, table

_HEADS = ["MODEL", "STATUS", "URL", "BACKEND", "GPUS", "STARTED BY", "PID", "RUNNING"]


def show_servers(*, json_output: bool) -> None:
    """Print every server that labtop started on this machine."""
    servers = ServerRegistry().read()
    devices = read_devices() if servers else ()
    held = {server.pid: held_by(family(server.pid), devices) for server in servers}
    if json_output:
        print_json([{**server.to_data(), "gpu_memory": held[server.pid]} for server in servers])
    elif servers:
        click.echo(table(_HEADS, [_row(server, held[server.pid]) for server in servers]))
    else:
        click.echo("No server of labtop runs. Start one with: labtop model serve")


def _row(server: ServerRecord, held: int | None) -> list[str]:
    gpus = ", ".join(server.devices) or ("-" if held is None else "any")
    owner = server.owner if server.purpose != "chat" else f"chat, {server.owner}"
    return [
        server.name,
        "loading" if server.url is None else "ready",
        server.url or "-",
        server.backend,
        gpus if held is None else f"{gpus} ({memory(held)})",
        owner,
        str(server.pid),
        duration(max(0.0, time.time() - server.started)),
    ]
