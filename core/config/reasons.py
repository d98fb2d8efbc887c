"""Which value is wrong and why, from pydantic's account of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

LIST = "input should be a list of texts"


def plain_reason(error: ErrorDetails) -> str:
    """Pydantic's message without its name for our own errors and without how it tried to read the value."""
    if error["type"] == "tuple_type":
        return LIST
    message = error["msg"].removeprefix("Value error, ")
    if error["type"].endswith(("_parsing", "_from_float")):
        message = message.partition(",")[0]
    return message[0].lower() + message[1:]


def input_path(error: ErrorDetails, data: Any) -> str:
    """Where in `data` the wrong value is, such as `parts.1.size`.

    Pydantic also puts the names of the types that it tried into a location (`size.constrained-int`): what is no key and
    no index of the data is left out, except the name of a field that is missing.
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
