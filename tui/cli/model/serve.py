"""`labtop model serve`: serve a model with an OpenAI-compatible API and supervise the server."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from core.printable import printable
from tui.cli.configured import OptionCommand, say

if TYPE_CHECKING:
    from core.commands.request import JobRequest
    from core.config.options.serve import ServeOptions
    from core.serving.arguments import ServeJob


class ServeCommand(OptionCommand):
    """Its `-h` is the host, as InstructLab has it; without a value it prints help."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args[-1:] == ["-h"] and "--" not in args:
            args = ["--help"]
        return super().parse_args(ctx, args)


vllm_arguments = click.argument("vllm_args", nargs=-1, type=click.UNPROCESSED, metavar="[-- VLLM_ARGUMENT...]")
"""The arguments after `--`, which only vLLM has."""


@click.command(cls=ServeCommand, options="serve", context_settings={"help_option_names": ["--help"]})
@vllm_arguments
def serve(options: ServeOptions, vllm_args: tuple[str, ...]) -> None:
    """Serve a model with an OpenAI-compatible API, until Ctrl+C.

    Arguments after -- are passed to vLLM.
    """
    from core import paths

    if options.list_servers:
        from tui.cli.model.server_list import show_servers

        show_servers(json_output=options.json_output)
        return
    from core.commands.serve import serve_job, serve_request, served_model

    if vllm_args:
        options = options.model_copy(update={"vllm_args": (*options.vllm_args, *vllm_args)})
        _require_vllm(serve_job(options, served_model(options)))
    if options.detached and options.json_output:
        from tui.cli.output import print_json

        print_json(_started(serve_request(options, say)))
        return
    if options.detached:
        from tui.cli.jobs.follow import run_job

        run_job(**serve_request(options, say).job(), detached=True)
        return
    job, roots = serve_job(options, served_model(options, say)), paths.current()
    log_file = (options.log_file or roots.state_dir / "logs" / f"serve-{options.port}.log").absolute()
    serve_foreground(job, log_file)


def serve_foreground(options: ServeJob, log_file: Path) -> None:
    """Run a server in the foreground until a signal ends it. Raises LabtopError if it ends by itself."""
    from core.serving.backends import model_server
    from core.serving.supervisor import Report
    from core.serving.supervisor import serve as run_server
    from tui.cli.model.start_display import StartDisplay

    _interrupt_on_signals()
    try:
        planned = model_server(options.model, options, host=options.host, served_name=options.served_name)
        access = options.access(os.environ)
        for sentence in (planned.reason, *planned.notes, *access.notes):
            click.echo(printable(sentence))
        click.echo(f"Using model '{printable(options.model)}'{_context_size(options)}.")
        click.echo("Starting server process")
        with StartDisplay(planned.backend) as display:
            report = Report(attempt=display.show, ready=display.ready, note=display.note)
            run_server(planned, options, port=options.port, access=access, log_file=log_file, report=report)
    except KeyboardInterrupt:
        click.echo("The server has ended.")


def _started(request: JobRequest) -> dict[str, object]:
    """Start the job, and describe its server once it is ready. Raises the job's error if it ends before."""
    from core.jobs.launch import launch
    from core.serving.served_job import await_server

    server = await_server(launch(request.spec(), environment=request.environment))
    return {
        "job": server.job,
        "url": server.url,
        "model": server.name,
        "backend": server.backend,
        "pid": server.pid,
    }


def _require_vllm(options: ServeJob) -> None:
    """Raise UsageError when the back end does not take arguments after --."""
    from core.errors import UsageError
    from core.serving.backends import model_server

    server = model_server(options.model, options)
    if server.backend != "vllm":
        raise UsageError(f"Arguments after -- are for vLLM. {server.reason}")


def _context_size(options: ServeJob) -> str:
    from core.models.local import check_model_folder
    from core.serving.names import BUILTIN_TEACHER

    if options.model == BUILTIN_TEACHER:
        return ", which is not a language model"
    size = options.max_ctx_size or check_model_folder(Path(options.model)).config.get("max_position_embeddings")
    return f" with {size} max context size" if size else ""


def _interrupt_on_signals() -> None:
    """Raise KeyboardInterrupt on the first signal to stop; further ones do not disturb the server's end."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # ignored under nohup
        numbers.append(signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupt)
