"""Work for the tests of temporary jobs."""

from __future__ import annotations

from typing import Any

from core.errors import LabtopError
from core.events import Reporter


def double(arguments: dict[str, Any], _reporter: Reporter) -> dict[str, Any]:
    print("the worker was here", flush=True)
    if "number" not in arguments:
        raise LabtopError("There is no number.")
    return {"number": 2 * arguments["number"]}
