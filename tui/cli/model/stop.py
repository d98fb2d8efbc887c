"""`labtop model stop`: end servers that labtop started."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from core.figures import memory
from core.printable import printable
from tui.cli.configured import OptionCommand
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.commands.stop_servers import Stopped
    from core.config.options.stop import StopOptions


def complete_server(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names and ports of servers that begin like what was typed."""
    from core.serving.registry import ServerRegistry

    words = [
        (word, server.url or "loading") for server in ServerRegistry().read() for word in (server.name, server.port)
    ]
    return [CompletionItem(str(word), help=where) for word, where in words if word and str(word).startswith(incomplete)]


@click.command("stop", cls=OptionCommand, options="model stop")
@click.argument("server", required=False, metavar="[NAME|URL|PORT|JOB]", shell_complete=complete_server)
def stop(server: str | None, options: StopOptions) -> None:
    """Stop a server that labtop started, with all its processes.

    It is named by its model, URL, port, job or process id. Without a name, the only one is stopped.
    """
    from core.commands.stop_servers import stop as end
    from core.commands.stop_servers import to_stop
    from core.serving.registry import ServerRegistry

    servers = ServerRegistry().read()
    chosen = to_stop(servers, server, every=options.all_servers, force=options.force)
    ended = []
    for one in chosen:
        ended.append(end(one))
        if not options.json_output:
            click.echo(_sentence(ended[-1]))
    if options.json_output:
        print_json([one.to_data() for one in ended])
    elif options.all_servers:
        kept = len(servers) - len(chosen)
        if not ended:
            click.echo("No server to stop.")
        if kept:
            click.echo(f"Kept {kept} that jobs or chats use; --force stops them, too.")


def agree_to_stop(sentence: str) -> bool:
    """Ask whether to stop the server that a sentence is about; no without a terminal."""
    return sys.stdin.isatty() and click.confirm(f"{sentence} Stop it?", default=False, err=True)


def _sentence(stopped: Stopped) -> str:
    server = stopped.server
    where = f" at {server.url}" if server.url else ", which was loading"
    freed = ""
    if stopped.still_held is not None:
        freed = f" {stopped.still_held}"
    elif stopped.gpu_memory is not None:
        freed = f" {memory(stopped.gpu_memory)} of GPU memory is free again."
    return printable(
        f"Stopped the server for {server.name}{where} ({server.owner}, server process {server.pid}).{freed}"
    )
