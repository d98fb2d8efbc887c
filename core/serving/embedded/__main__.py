"""`python -m core.serving.embedded`: take the port, load the model, serve until told to stop."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from core.errors import LabtopError
from core.jobs.processes import die_with_parent
from core.models.local import check_model_folder
from core.serving.argv import READY, base_url
from core.serving.embedded.listening import bind, listen
from core.serving.names import BUILTIN_TEACHER, served_names
from core.system.host import usable_cores

if TYPE_CHECKING:
    from core.serving.embedded.generator import Generator

GRACEFUL_SECONDS = 1
"""What replies in progress get to end when the server is told to stop."""

KEEP_ALIVE_SECONDS = 75
"""Longer than clients pool idle connections, so that the server is not the one that closes under a request."""


def main() -> int:
    options = _parser().parse_args()
    if options.die_with_parent:
        die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        _serve(options)
    except SystemExit:  # from _leave
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
    """Say what went wrong in the lines that whoever started the server looks for."""
    sys.stderr.write(f"Error: {error.message}\n" + (f"Hint: {error.hint}\n" if error.hint else ""))
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.serving.embedded", description=__doc__)
    parser.add_argument("--model-path", required=True, help=f"a model's folder, or {BUILTIN_TEACHER}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--served-model-name", help="instead of the folder's name and path")
    parser.add_argument("--threads", type=int, help="to compute with; by default as suits the model's size")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the process that started this ends")
    return parser


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _serve(options: argparse.Namespace) -> None:
    folder = None if options.model_path == BUILTIN_TEACHER else check_model_folder(Path(options.model_path))
    with bind(options.host, options.port) as listener:
        if folder is None:
            generator, names = _teacher(), [options.served_model_name or BUILTIN_TEACHER]
        else:
            size = sum(file.stat().st_size for file in folder.weights)
            generator = _model(folder.path, size, options.threads)
            names = served_names(options.model_path, options.served_model_name)
        listen(listener)
        try:
            _run(generator, names, listener, base_url(options.host, listener.getsockname()[1]))
        finally:
            generator.close()


def _teacher() -> Generator:
    from core.serving.embedded.builtin_generator import BuiltinGenerator
    from core.serving.extractive import reply

    return BuiltinGenerator(reply)


def _model(path: Path, weight_bytes: int, threads: int | None) -> Generator:
    # transformers imports scikit-learn wherever it is installed, for a way of decoding not used here: 1.7 of 5 seconds.
    sys.modules.setdefault("sklearn", None)  # type: ignore[arg-type]

    from core.serving.embedded.transformers_generator import choose_threads, load

    if threads is None and "OMP_NUM_THREADS" not in os.environ:
        threads = choose_threads(weight_bytes, usable_cores())
    return load(path, threads)


def _run(generator: Generator, names: list[str], listener: socket.socket, url: str) -> None:
    import uvicorn

    from core.serving.embedded.app import create_app

    class QuietServer(uvicorn.Server):
        """One that says when clients can connect, and leaves quietly."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            sys.stdout.write(f"{READY}{url} serving {', '.join(names)}\n")
            sys.stdout.flush()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Replies that are cut off now are no errors, and uvicorn would log a traceback for each.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        create_app(generator, names),
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    QuietServer(config).run(sockets=[listener])


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # The generator's thread may still be inside a long pass of the model, where an ordinary exit would wait or crash.
    os._exit(status)
