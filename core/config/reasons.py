"""The invalid value and the reason, from pydantic's error details."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

LIST = "input should be a list of texts"


def plain_reason(error: ErrorDetails) -> str:
    """Pydantic's message without its prefix for our own errors and without details of parsing."""
    if error["type"] == "tuple_type":
        return LIST
    message = error["msg"].removeprefix("Value error, ")
    if error["type"].endswith(("_parsing", "_from_float")):
        message = message.partition(",")[0]
    return message[0].lower() + message[1:]


def input_path(error: ErrorDetails, data: Any) -> str:
    """The path of the invalid value in `data`, such as `parts.1.size`.

    Pydantic also includes the names of the types that it tried (`size.constrained-int`): parts that are not keys or
    indices of the data are dropped, except for the name of a missing field.
    """
    names = []
    last = len(error["loc"]) - 1
    for number, part in enumerate(error["loc"]):
        if (isinstance(data, Mapping) and part in data) or (_is_list(data) and isinstance(part, int)):
            data = data[part]
            names.append(str(part))
        elif error["type"] == "missing" and number == last:
            names.append(str(part))
    return ".".join(names)


def _is_list(data: Any) -> bool:
    return isinstance(data, Sequence) and not isinstance(data, str | bytes)
