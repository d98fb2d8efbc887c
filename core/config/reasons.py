"""What is wrong with a value, in one clause, from pydantic's account of it."""

from __future__ import annotations

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
