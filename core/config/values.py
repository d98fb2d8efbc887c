"""Values as texts: the command line, the settings file, variables and forms all accept the same ones."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from core.config.option import OptionRow

Value = str | int | float


def parse_value(row: OptionRow, value: object) -> tuple[Any, str]:
    """The value of an option that is a word, a number or a path; for an invalid one None and the reason.

    The reasons are those of the models, which check the settings file as a whole.
    """
    if row.kind in ("file", "folder", "path"):
        return _path(row, str(value))
    if row.kind == "text":
        return str(value), ""
    if row.kind == "flag":
        return value, ""
    return _number_or_word(row, value)


def wrong_value(row: OptionRow, value: object) -> str | None:
    """Why a value cannot be used, as a sentence without its end; None for one that can."""
    parsed, reason = parse_value(row, value)
    if parsed is not None:
        return None
    quoted = row.kind in ("file", "folder", "path") or str(value) in dict(row.refused_values)
    if quoted or not isinstance(value, str | int | float):
        return reason
    shown = value if _number(float, value) is not None else repr(value)
    return f"{reason}, not {shown}"


def _number_or_word(row: OptionRow, value: object) -> tuple[Value | None, str]:
    word = "off" if value is False else value  # YAML reads a bare `off` as false
    if word in row.choices:
        return str(word), ""
    if why := dict(row.refused_values).get(str(word)):
        return None, f"{word} is not available: {why}"
    if row.kind == "choice":
        return None, f"input should be {_listed(row.choices)}"
    whole = row.kind == "int"
    number = _number(int if whole else float, value)
    words = f" or {_listed(row.choices)}" if row.choices else ""
    if number is None:
        return None, f"input should be a valid {'integer' if whole else 'number'}{words}"
    if row.above is not None and number <= row.above:
        return None, f"input should be greater than {row.above:g}{words}"
    if row.minimum is not None and number < row.minimum:
        return None, f"input should be greater than or equal to {row.minimum:g}{words}"
    if row.maximum is not None and number > row.maximum:
        return None, f"input should be less than or equal to {row.maximum:g}{words}"
    return number, ""


def _listed(words: tuple[str, ...]) -> str:
    *others, last = map(repr, words)
    return f"{', '.join(others)} or {last}" if others else last


def _number(kind: type[int] | type[float], value: object) -> int | float | None:
    """A value of the file, or a text of the environment, as a finite number; None if it is not one."""
    try:
        number = kind(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    if number is None or number - number != 0 or (isinstance(value, float) and number != value):
        return None
    return number


def _path(row: OptionRow, given: str) -> tuple[Path | None, str]:
    """A path, if what is there now is of the right kind."""
    if not given:
        return None, "the path is empty"
    if "\0" in given:
        return None, f"{given!r} is not a path"
    path = os.path.expanduser(given)  # noqa: PTH111 - pathlib raises for an unknown user
    there, is_folder = os.path.exists(path), os.path.isdir(path)  # noqa: PTH110, PTH112 - these raise no error
    what = {"file": "file", "folder": "folder"}.get(row.kind, "file or folder")
    if row.must_exist and not there:
        return None, f"the {what} {given} does not exist"
    if there and row.kind == "file" and is_folder:
        return None, f"{given} is a folder, not a file"
    if there and row.kind == "folder" and not is_folder:
        return None, f"{given} is a file, not a folder"
    return Path(given), ""
