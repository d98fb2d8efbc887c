"""The server of a chat: one that runs, or a temporary one that ends with the chat."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from core import paths
from core.chat.client import choose_model
from core.chat.target import Target
from core.config.options.chat import ChatOptions
from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.printable import printable
from core.serving.client import NoServerError, list_models
from core.serving.names import find_model, require_model
from core.serving.tls.client import ClientTls

if TYPE_CHECKING:
    from core.serving.backends import ModelServer
    from core.serving.lifecycle import Server


@dataclass(frozen=True)
class Served:
    """What to talk to, and the server that was started for it."""

    target: Target
    names: tuple[str, ...]
    """The models that the endpoint serves."""
    server: Server | None = None
    """A temporary one."""
    start: Callable[[], Served] | None = None
    """Starts the temporary server again after it has ended."""

    def choose(self, model: str) -> Target:
        """Another model of the endpoint. Raises LabtopError with the names of the served ones."""
        choice = choose_model(model, self.names)
        if choice.note:
            _say(choice.note)
        return replace(self.target, model=choice.name)


@contextmanager
def served(
    options: ChatOptions, tls: ClientTls, serving: Callable[[], BackendOptions], *, only_there: bool
) -> Iterator[Served]:
    """The endpoint to talk to; with `only_there` none but that of the options.

    Otherwise it is the first of these that serves the model: the endpoint of the options, another server that labtop
    started here, and a temporary one, which ends with the block. `serving` reads how models are served.
    """
    roots = paths.current()
    asked = options.model_path or options.model
    folder = require_model(options.model_path, roots.models_dir) if options.model_path else None
    if asked and folder is None:
        folder = find_model(asked, roots.models_dir)
    endpoint = Target(options.endpoint_url, "", options.api_key, tls)
    try:
        names = list_models(endpoint.url, endpoint.api_key, tls=tls)
        unreachable = None
    except LabtopError as error:
        if only_there or (folder is None and not isinstance(error, NoServerError)):
            raise
        names, unreachable = [], error
    if only_there or (unreachable is None and _offers(asked, folder, names)):
        yield _found(endpoint, asked, folder, names)
        return
    running = _running(asked, folder)
    if running is not None:
        _say(f"Talking to the server at {running}.")
        there = replace(endpoint, url=running)
        yield _found(there, asked, folder, list_models(there.url, there.api_key, tls=tls))
        return
    if asked and folder is None:
        if unreachable is not None:
            from core.serving.registry import ServerRegistry, hint_with_served

            raise LabtopError(
                f"{unreachable.message} This machine has no model {asked}, either.",
                hint=hint_with_served("labtop model list shows the models that it has.", ServerRegistry().read()),
            ) from unreachable
        choose_model(asked, names)  # raises
    with _temporary(endpoint, folder, options, serving(), unreachable) as found:
        yield found


def _offers(asked: str | None, folder: str | None, names: list[str]) -> bool:
    """Whether an endpoint serves a model: a folder under its path, or under its name if no path was asked for.

    A path must match exactly, since checkpoints of two trainings have the same names.
    """
    from core.models.names import spelling

    if folder is not None:
        named = asked or folder
        return folder in names or ("/" not in named and spelling(named) in map(spelling, names))
    try:
        choose_model(asked, names)
    except LabtopError:
        return False
    return True


def _running(asked: str | None, folder: str | None) -> str | None:
    """The URL of a server that labtop started here: of a model, or the newest one if none was asked for."""
    from core.serving.registry import ServerRegistry, find_server

    servers = ServerRegistry().read()
    if asked:
        found = find_server(folder or asked, servers)
    else:
        found = next((each for each in servers if each.url is not None and each.purpose == "serve"), None)
    return None if found is None else found.url


def _found(endpoint: Target, asked: str | None, folder: str | None, names: list[str]) -> Served:
    choice = choose_model(folder if folder in names else asked, names)
    if choice.note:
        _say(choice.note)
    return Served(replace(endpoint, model=choice.name), tuple(names))


@contextmanager
def _temporary(
    endpoint: Target,
    folder: str | None,
    options: ChatOptions,
    serving: BackendOptions,
    unreachable: LabtopError | None,
) -> Iterator[Served]:
    """Start a server for a model's folder, or for the default model."""
    from core.serving.backends import model_server

    if unreachable is not None:
        _say(f"Trying to connect to model server at {endpoint.url}: no answer.")
    model = folder or _default_model(unreachable)
    planned = model_server(model, serving)
    kind = "vLLM server" if planned.backend == "vllm" else "server"
    _say(f"{model} is not served at {endpoint.url}: starting a temporary {kind}.")
    for sentence in (planned.reason, *planned.notes):
        _say(sentence)
    log_file = Path(options.serving_log_file or paths.current().state_dir / "logs" / "chat-server.log").absolute()
    with ExitStack() as stack:

        def start() -> Served:
            server = stack.enter_context(_start(planned, serving, log_file))
            there = Target(server.base_url, "", endpoint.api_key)
            names = list_models(there.url, there.api_key)
            return Served(replace(there, model=names[0]), tuple(names), server, start)

        yield start()


def _default_model(unreachable: LabtopError | None) -> str:
    from core.commands.default_model import default_model

    try:
        default = default_model()
    except LabtopError as error:
        reason = f"{unreachable.message} " if unreachable else ""
        raise LabtopError(reason + error.message, hint=error.hint, code=error.code) from error
    _say(default.why)
    return default.path


def _start(planned: ModelServer, serving: BackendOptions, log_file: Path) -> Server:
    from core.serving.supervisor import start_model
    from tui.cli.model.start_display import StartDisplay

    with StartDisplay(planned.backend) as display:
        server = start_model(planned, serving, log_file=log_file, purpose="chat", on_attempt=display.show)
    what = "vLLM engine successfully started" if planned.backend == "vllm" else "The temporary server has started"
    _say(f"{what} at {server.base_url}; it ends with this chat.")
    return server


def _say(sentence: str) -> None:
    """A message that is not part of an answer, which alone is on stdout."""
    click.echo(printable(sentence), err=True)
