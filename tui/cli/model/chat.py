"""`labtop model chat`: talk to a served model in the terminal."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from core.errors import LabtopError
from tui.cli.configured import OptionCommand, given
from tui.cli.output import print_json

if TYPE_CHECKING:
    from core.chat.session import Session
    from core.config.options.chat import ChatOptions
    from core.serving.credentials import ClientTls
    from tui.cli.model.chat_view import ChatView


@dataclass(frozen=True)
class Endpoint:
    """A served model, and how to ask it."""

    url: str
    model: str
    temperature: float | None
    max_tokens: int | None
    api_key: str | None
    tls: ClientTls


@click.command(cls=OptionCommand, options="chat")
@click.argument("question", nargs=-1)
@click.pass_context
def chat(context: click.Context, question: tuple[str, ...], options: ChatOptions) -> None:
    """Talk to a served model; QUESTION is asked first.

    With --model-path, a temporary server is started if the model is not served yet.
    """
    from core import paths
    from core.chat.session import Session, transcript_file
    from core.serving.credentials import client_tls
    from tui.cli.model.chat_view import ChatView

    asked = " ".join(question)
    quick = options.quick_question
    if options.json_output and not quick:
        raise click.UsageError("--json requires --qq.")
    if quick and not asked and not sys.stdin.isatty():
        asked = sys.stdin.read().strip()
    if quick and not asked:
        raise click.UsageError("--qq requires a question.")
    if options.session is not None:
        session = Session.open(options.session)
    else:
        session = Session(file=None if quick else transcript_file(paths.current().chatlogs_dir, time.time()))
    tls = client_tls(options, options.tls_client_passwd)
    with _served(options, tls, only_there=given(context, "endpoint_url")) as (url, name):
        endpoint = Endpoint(url, name, options.temperature, options.max_tokens, options.api_key, tls)
        view = ChatView(name, quiet=options.json_output)
        if not quick:
            _converse(endpoint, session, view, asked)
            return
        started = time.monotonic()
        answer = _ask(endpoint, session, view, asked)
        if options.json_output:
            seconds = round(time.monotonic() - started, 3)
            print_json({"model": name, "question": asked, "answer": answer, "seconds": seconds})


@contextmanager
def _served(options: ChatOptions, tls: ClientTls, *, only_there: bool) -> Iterator[tuple[str, str]]:
    """The endpoint's URL and the model's name there; a folder that is not served yet gets a temporary server."""
    from core import paths
    from core.chat.client import choose_model
    from core.serving.client import list_models
    from core.serving.lifecycle import start_server
    from core.serving.names import find_model, require_model

    roots = paths.current()
    model, model_path, endpoint, api_key = options.model, options.model_path, options.endpoint_url, options.api_key
    asked = model_path or model
    folder = require_model(model_path, roots.models_dir) if model_path else None
    if model and folder is None:
        folder = find_model(model, roots.models_dir)
    try:
        served = list_models(endpoint, api_key, tls=tls)
    except LabtopError:
        if folder is None or only_there:
            raise
        served = []
    if folder is None or only_there or _is_served(asked or folder, folder, served):
        choice = choose_model(folder if folder in served else asked, served)
        if choice.note:
            click.echo(choice.note, err=True)
        yield endpoint, choice.name
        return
    click.echo(f"{folder} is not served at {endpoint}: starting a temporary server.", err=True)
    with start_server(folder, log_file=roots.state_dir / "logs" / "chat-server.log", purpose="chat") as server:
        click.echo(f"Temporary server ready at {server.base_url}", err=True)
        yield server.base_url, list_models(server.base_url)[0]


def _is_served(asked: str, folder: str, served: list[str]) -> bool:
    """Whether a model is served: under its path, or under its name if no path was asked for.

    A path must match exactly, since checkpoints of two trainings have the same names.
    """
    from core.models.names import spelling

    return folder in served or ("/" not in asked and spelling(asked) in map(spelling, served))


def _converse(endpoint: Endpoint, session: Session, view: ChatView, first: str) -> None:
    """Read a line, ask, show the reply, until the user leaves."""
    from core import paths
    from core.chat.commands import parse
    from tui.cli.main import show_error

    # Importing the client library takes 0.5 s: done while the user types, so that the first reply is not delayed.
    threading.Thread(target=importlib.import_module, args=("openai",), daemon=True).start()
    view.greet()
    view.open_history(paths.current().state_dir / "chat_history")
    line: str | None = first or view.read(session)
    while line is not None:
        command = parse(line)
        if command is not None and command.name == "quit":
            break
        try:
            if command is not None:
                view.run(command, session)
            elif line.strip():
                _ask(endpoint, session, view, line.strip())
        except LabtopError as error:
            show_error(error)
        except KeyboardInterrupt:  # interrupts only the reply
            click.echo()
        line = view.read(session)


def _ask(endpoint: Endpoint, session: Session, view: ChatView, question: str) -> str:
    """Ask, show the reply as it arrives, and store both; of an interrupted reply, the part that arrived."""
    import asyncio

    from core.serving.completions.streaming import stream_reply

    pieces: list[str] = []

    async def receive() -> None:
        reply = stream_reply(
            endpoint.url,
            endpoint.model,
            session.messages(),
            temperature=endpoint.temperature,
            max_tokens=endpoint.max_tokens,
            api_key=endpoint.api_key,
            tls=endpoint.tls,
        )
        with view.reply() as show:
            async for piece in reply:
                pieces.append(piece)
                show(piece)

    session.append("user", question)
    answered = False
    try:
        asyncio.run(receive())
        answered = True
    finally:
        if pieces or answered:
            session.append("assistant", "".join(pieces))
        else:
            session.drop_last()
    return "".join(pieces)
