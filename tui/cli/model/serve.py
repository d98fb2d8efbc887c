"""`labtop model serve`: serve a model with an OpenAI-compatible API and supervise the server."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from core.printable import printable
from tui.cli.configured import OptionCommand, say

if TYPE_CHECKING:
    from core.config.options.serve import ServeOptions


@dataclass(frozen=True)
class Serving:
    """Which model to serve, and how."""

    model: str
    """Absolute path of a folder, or builtin:extractive."""
    host: str
    port: int
    served_name: str | None
    log_file: Path
    """The server's output."""


@click.command(cls=OptionCommand, options="serve")
def serve(options: ServeOptions) -> None:
    """Serve a model with an OpenAI-compatible API, until Ctrl+C."""
    from core import paths

    if options.list_servers:
        from tui.cli.model.server_list import show_servers

        show_servers(json_output=options.json_output)
        return
    from core.commands.serve import serve_request, served_model

    if options.detached:
        from tui.cli.jobs.follow import run_job

        run_job(**serve_request(options, say).job(), json_output=options.json_output, detached=True)
        return
    model, roots = served_model(options, say), paths.current()
    serve_foreground(
        Serving(
            model=model,
            host=options.host,
            port=options.port,
            served_name=options.served_model_name,
            log_file=(options.log_file or roots.state_dir / "logs" / f"serve-{options.port}.log").absolute(),
        )
    )


def serve_foreground(options: Serving) -> None:
    """Run a server in the foreground until a signal ends it. Raises LabtopError if it ends by itself."""
    from core.errors import LabtopError
    from core.serving.lifecycle import start_server

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # ignored under nohup
            signal.signal(number, _interrupt)
    click.echo(f"Using model '{printable(options.model)}'{_context_size(options.model)}.")
    click.echo("Starting server process")
    try:
        with start_server(
            options.model,
            host=options.host,
            port=options.port,
            served_name=options.served_name,
            log_file=options.log_file,
        ) as server:
            click.echo(f"After application startup complete see {server.base_url.removesuffix('/v1')}/docs for API.")
            click.echo("Press CTRL+C to shut down the server.")
            status = server.wait() or 0
    except KeyboardInterrupt:
        click.echo("The server has ended.")
        return
    how = f"signal {-status}" if status < 0 else f"status {status}"
    raise LabtopError(f"The server ended by itself, with {how}.", hint=f"The log may say why: {options.log_file}")


def _context_size(model: str) -> str:
    from core.models.local import check_model_folder
    from core.serving.names import BUILTIN_TEACHER

    if model == BUILTIN_TEACHER:
        return ", which is not a language model"
    size = check_model_folder(Path(model)).config.get("max_position_embeddings")
    return f" with {size} max context size" if size else ""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
