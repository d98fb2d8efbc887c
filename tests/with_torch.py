"""Calling what loads torch without loading it into the process of the tests."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pytest

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def call_with_torch(
    function: Callable[Parameters, Result], *arguments: Parameters.args, **named: Parameters.kwargs
) -> Result:
    """The result of a module's function, or its error. It runs in a process of its own unless torch is loaded here."""
    if "torch" in sys.modules:
        return function(*arguments, **named)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *arguments, **named).result()


def made_once(
    factory: pytest.TempPathFactory,
    name: str,
    make: Callable[Concatenate[Path, Parameters], object],
    *arguments: Parameters.args,
    **named: Parameters.kwargs,
) -> Path:
    """A folder of this name that all workers of a run share and none changes; the first one has it made."""
    own = factory.getbasetemp()
    root = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    done = root / f"{name}.made"
    with (root / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            call_with_torch(make, root / name, *arguments, **named)
            done.touch()
    return root / name
