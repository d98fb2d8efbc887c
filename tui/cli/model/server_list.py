"""The table of `labtop model serve --list`."""

from __future__ import annotations

import time

import click

from core.commands.stop_servers import gpu_memory
from core.figures import duration, size
from core.serving.registry import ServerRecord, ServerRegistry
from core.system.gpu import GpuMonitor
from tui.cli.output import print_json, table

_HEADS = ["MODEL", "STATUS", "URL", "BACKEND", "GPUS", "STARTED BY", "PID", "RUNNING"]


def show_servers(*, json_output: bool) -> None:
    """Print every server that labtop started on this machine."""
    servers = ServerRegistry().read()
    reading = GpuMonitor().read()
    held = {server.pid: gpu_memory(server, reading) for server in servers}
    if json_output:
        print_json([{**server.to_data(), "gpu_memory": held[server.pid]} for server in servers])
    elif servers:
        click.echo(table(_HEADS, [_row(server, held[server.pid]) for server in servers]))
    else:
        click.echo("No server of labtop runs. Start one with: labtop model serve")


def _row(server: ServerRecord, memory: int | None) -> list[str]:
    gpus = ", ".join(server.devices) or ("-" if memory is None else "any")
    owner = server.owner if server.purpose != "chat" else f"chat, {server.owner}"
    return [
        server.name,
        "loading" if server.url is None else "ready",
        server.url or "-",
        server.backend,
        gpus if memory is None else f"{gpus} ({size(memory)})",
        owner,
        str(server.pid),
        duration(max(0.0, time.time() - server.started)),
    ]
