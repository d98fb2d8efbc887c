"""A server process: bind the port, load the generator, serve until a signal to stop."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from core.errors import LabtopError
from core.serving.announcement import failure_line, ready_line
from core.serving.listening import bind, listen
from core.serving.plan import base_url

if TYPE_CHECKING:
    from fastapi import FastAPI

    from core.serving.embedded.generator import Generator

GRACEFUL_SECONDS = 1
"""The time for replies in progress to end when the server is stopped; after it they end with an error."""

ENDING_SECONDS = 2
"""The time for sending these errors to clients that read slowly."""

KEEP_ALIVE_SECONDS = 75
"""Longer than clients keep idle connections, so that the server does not close one during a request."""


def parser(prog: str, description: str) -> argparse.ArgumentParser:
    """The options of every server of ours."""
    options = argparse.ArgumentParser(prog=prog, description=description)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000, help="0 chooses a free one")
    options.add_argument("--served-model-name", help="instead of the model's own name")
    return options


Load = Callable[[argparse.Namespace], "tuple[Generator, list[str]]"]
"""Loads a generator, and returns it with the names that it is served under."""


def main(options: argparse.Namespace, load: Load) -> NoReturn:
    """Serve until a signal to stop, then end the process."""
    status = _main(options, load)
    sys.stdout.flush()
    sys.stderr.flush()
    # The generator's thread may still be in a long forward pass, during which an ordinary exit would wait or crash.
    os._exit(status)


def _main(options: argparse.Namespace, load: Load) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _exit_on_signal)
    try:
        _serve(options, load)
    except SystemExit:  # from _exit_on_signal
        return 0
    except LabtopError as error:
        return _fail(error)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("core"):
            raise
        message = f"Serving this needs {error.name}, which is not installed."
        return _fail(LabtopError(message, hint="Install it with: pip install 'labtop[serve]'"))
    return 0


def _fail(error: LabtopError) -> int:
    sys.stderr.write(failure_line(error) + "\n")
    return 1


def _exit_on_signal(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _serve(options: argparse.Namespace, load: Load) -> None:
    from core.serving.embedded.access import access_rules
    from core.serving.embedded.app import create_app

    with bind(options.host, options.port) as listener:
        address, port = listener.getsockname()[:2]
        rules = access_rules(address, os.environ)
        generator, names = load(options)
        listen(listener)
        try:
            _run(create_app(generator, names, rules), names, listener, base_url(options.host, port))
        finally:
            generator.close()


def _run(app: FastAPI, names: list[str], listener: socket.socket, url: str) -> None:
    import uvicorn

    class QuietServer(uvicorn.Server):
        """A server that reports when clients can connect, and ends without tracebacks."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            sys.stdout.write(ready_line(url, names) + "\n")
            sys.stdout.flush()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Replies that are cut off now are not errors, but uvicorn would log a traceback for each.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            asyncio.get_running_loop().call_later(GRACEFUL_SECONDS, app.state.end_replies)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACEFUL_SECONDS + ENDING_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    QuietServer(config).run(sockets=[listener])
