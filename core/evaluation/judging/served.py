"""A model as an endpoint: where it is served already, or by a server that the session starts and ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.config.options.serve import BackendOptions
from core.errors import LabtopError
from core.evaluation.judging.arguments import Target
from core.events import Reporter
from core.serving.backends import model_server
from core.serving.client import list_models
from core.serving.credentials import API_KEY_VARIABLE
from core.serving.names import BUILTIN_TEACHER
from core.serving.registry import ServerRegistry, find_server
from core.serving.supervisor import report_attempts, start_model


@dataclass(frozen=True)
class Served:
    """Where a model answers."""

    urls: tuple[str, ...]
    name: str
    """Of the model, in requests."""
    check: Callable[[], None] | None = None
    """Raises LabtopError when a server of ours has ended."""


@contextmanager
def served(target: Target, serving: BackendOptions, log_file: Path, stage: Reporter) -> Iterator[Served]:
    """The model for the time of the block. A server that is started here ends with the block."""
    if target.endpoint_url:
        yield Served(target.endpoint_url, target.model)
    elif (running := _running(target.model)) is not None:
        stage.note("info", f"It is served already: using the server at {running.urls[0]}.")
        yield running
    else:
        planned = model_server(target.model, serving, served_name=target.model)
        for sentence in (planned.reason, *planned.notes):
            stage.note("info", sentence)
        with start_model(planned, serving, log_file=log_file, on_attempt=report_attempts(stage)) as server:
            yield Served((server.base_url,), target.model, server.check)


def _running(model: str) -> Served | None:
    """A server of labtop that serves the model in a folder to anyone."""
    if model == BUILTIN_TEACHER:  # starting one takes no time and no memory
        return None
    server = find_server(model, ServerRegistry().read())
    if server is None or server.url is None or not server.names:
        return None
    try:
        names = list_models(server.url, os.environ.get(API_KEY_VARIABLE))
    except LabtopError:  # it needs a key that is not here, or has just ended
        return None
    name = next((name for name in server.names if name in names), None)
    return None if name is None else Served((server.url,), name)
