"""The section `lint` of the settings, read without the cost of all settings: lint of one file takes less than those."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from core import paths
from core.config.file import PREFIX, read_file
from core.errors import LabtopError
from core.taxonomy.advice_options import LEVELS, RULES, AdviceOptions, Level

SECTION = "lint"

_WHOLE = {field.name: field.type == "int" for field in fields(AdviceOptions) if field.name != "levels"}
"""The limits by name: whether it is a whole number, or else a share from 0 to 1."""


def setting_of(code: str) -> str:
    """The name that a rule has in the settings."""
    return code.replace("-", "_")


_CODES = {setting_of(code): code for code in RULES}


def read(config_file: Path | None = None, environment: Mapping[str, str] | None = None) -> AdviceOptions:
    """The rules' levels and limits: the environment's, else the file's, else the defaults.

    Raises LabtopError that names file, line and setting at fault.
    """
    environment = os.environ if environment is None else environment
    file = config_file or paths.current().config_file
    values, lines = read_file(file)
    section = values.get(SECTION, {})
    if not isinstance(section, dict):
        where = f"{file.name}:{lines.get(SECTION, 1)}"
        raise LabtopError(f"{where}: {SECTION} does not hold settings by name.", hint=_hint(file, where))
    given = {str(name): (value, f"{file.name}:{lines[f'{SECTION}.{name}']}") for name, value in section.items()}
    for name in (*_CODES, *_WHOLE):
        variable = f"{PREFIX}{SECTION}_{name}".upper()
        if variable in environment:
            given[name] = (environment[variable], variable)
    levels: dict[str, Level] = {}
    limits: dict[str, Any] = {}
    for name, (value, where) in given.items():
        if name in _CODES:
            levels[_CODES[name]] = _level(name, value, where, file)
        elif name in _WHOLE:
            limits[name] = _limit(name, value, where, file)
        else:
            raise _unknown(name, where)
    return AdviceOptions(levels=levels, **limits)


def _level(name: str, value: Any, where: str, file: Path) -> Level:
    for level in LEVELS:
        if value == level or (level == "off" and value is False):  # YAML reads a bare `off` as false
            return level
    raise _wrong(name, "input should be 'off', 'warning' or 'error'", value, where, file)


def _limit(name: str, value: Any, where: str, file: Path) -> int | float:
    if _WHOLE[name]:
        number: int | float | None = _number(int, value)
        wrong = "a valid integer" if number is None else "greater than 0" if number < 1 else None
    else:
        number = _number(float, value)
        wrong = "a valid number" if number is None else "from 0 to 1" if not 0 <= number <= 1 else None
    if number is None or wrong:
        raise _wrong(name, f"input should be {wrong}", value, where, file)
    return number


def _number(kind: type[int] | type[float], value: Any) -> int | float | None:
    """A value of the file, or a text of the environment, as a number; None for what is none."""
    try:
        number = kind(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return None if isinstance(value, float) and number != value else number


def _wrong(name: str, what: str, value: Any, where: str, file: Path) -> LabtopError:
    shown = f", not {value!r}" if isinstance(value, str | int | float | bool) else ""
    return LabtopError(f"{where}: {SECTION}.{name}: {what}{shown}.", hint=_hint(file, where))


def _unknown(name: str, where: str) -> LabtopError:
    from difflib import get_close_matches  # only a mistake pays for it

    near = get_close_matches(name, [*_CODES, *_WHOLE], n=1)
    hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
    return LabtopError(f"{where}: {SECTION}.{name} is not a setting.", hint=hint)


def _hint(file: Path, where: str) -> str:
    return f"Correct or unset {where}." if where.startswith(PREFIX) else f"The file is {file}: labtop config edit"
