"""Calling the function of a job or a worker, and recording its result or its error in every case."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

from core.errors import IncompleteError, LabtopError, disk_error
from core.events import Data, Status, error_data


def resolve(target: str) -> Callable[..., Any]:
    """The function with the dotted name `package.module:function`."""
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    if not callable(function):
        raise LabtopError(f"{target} is not a function.")
    return function  # type: ignore[no-any-return]


def outcome(work: Callable[[], Any]) -> Data:
    """Do the work; returns status, error and result. The details of an unexpected error go to the job's log.

    The first signal to stop raises KeyboardInterrupt in the work; later ones are ignored, so that neither its cleanup
    nor the report of its end is interrupted.
    """
    try:
        try:
            _on_stop(_interrupt)
            return _outcome(work)
        finally:
            _on_stop(signal.SIG_IGN)
    except KeyboardInterrupt:  # a signal received while an error was being recorded
        return _end("cancelled")


def _on_stop(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handler)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _on_stop(signal.SIG_IGN)
    raise KeyboardInterrupt


def _outcome(work: Callable[[], Any]) -> Data:
    try:
        return _end("succeeded", result=work())
    except KeyboardInterrupt:
        return _end("cancelled")
    except LabtopError as error:
        return _end("failed", error_data(error), error.result if isinstance(error, IncompleteError) else None)
    except OSError as error:
        _log_traceback()
        return _end("failed", error_data(disk_error(error, f"working on {error.filename or 'a file'}")))
    except Exception as error:
        _log_traceback()
        return _end("failed", error_data(error))


def _end(status: Status, error: Data | None = None, result: Any = None) -> Data:
    return {"status": status, "error": error, "result": result}


def _log_traceback() -> None:
    with suppress(OSError):  # the disk may have no room for it
        traceback.print_exc()


def exit_now(status: int) -> NoReturn:
    """End the process at once: on a full disk the interpreter's own exit would fail and change the status."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)
