"""One section of the settings, read without pydantic, whose import takes longer than lint of one file.

Values are checked by the rows of the generated table, so that it accepts the same values as the section's model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from core import paths
from core.config.file import PREFIX, read_file
from core.config.option import OptionRow
from core.config.option_table import TABLE
from core.config.removed import drop_removed
from core.errors import LabtopError

Value = str | int | float


def read_section(
    section: str,
    config_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Value]:
    """The settings of a section from environment and file; they may be words, integers or fractions.

    `note` receives a sentence about each setting in the file that was removed from labtop. Raises LabtopError that
    names file, line and setting at fault.
    """
    environment = os.environ if environment is None else environment
    file = config_file or paths.current().config_file
    values, lines = read_file(file)
    for sentence in drop_removed(values, lines, file.name):
        note(sentence)
    content = values.get(section, {})
    if not isinstance(content, dict):
        where = f"{file.name}:{lines.get(section, 1)}"
        raise LabtopError(f"{where}: {section} must contain settings as 'name: value'.", hint=_hint(file, where))
    given = {str(name): (value, f"{file.name}:{lines[f'{section}.{name}']}") for name, value in content.items()}
    rows = {row.name: row for row in TABLE[section].options}
    for name in rows:
        variable = f"{PREFIX}{section}_{name}".upper()
        if variable in environment:
            given[name] = (environment[variable], variable)
    found: dict[str, Value] = {}
    for name, (value, where) in given.items():
        if name not in rows:
            raise _unknown(f"{section}.{name}", rows, where)
        parsed, wrong = _parse(rows[name], value)
        if parsed is None:
            shown = f", not {value!r}" if isinstance(value, str | int | float | bool) else ""
            raise LabtopError(f"{where}: {section}.{name}: {wrong}{shown}.", hint=_hint(file, where))
        found[name] = parsed
    return found


def _parse(row: OptionRow, value: object) -> tuple[Value | None, str]:
    """The parsed value; for an invalid one None and the reason."""
    if row.choices:
        word = "off" if value is False else value  # YAML reads a bare `off` as false
        *others, last = map(repr, row.choices)
        return (str(word) if word in row.choices else None), f"input should be {', '.join(others)} or {last}"
    number = _number(int if row.kind == "int" else float, value)
    if number is None:
        return None, f"input should be a valid {'integer' if row.kind == 'int' else 'number'}"
    if row.above is not None and number <= row.above:
        return None, f"input should be greater than {row.above:g}"
    if row.minimum is not None and number < row.minimum:
        return None, f"input should be greater than or equal to {row.minimum:g}"
    if row.maximum is not None and number > row.maximum:
        return None, f"input should be less than or equal to {row.maximum:g}"
    return number, ""


def _number(kind: type[int] | type[float], value: object) -> int | float | None:
    """A value of the file, or a text of the environment, as a finite number; None if it is not one."""
    try:
        number = kind(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    if number is None or number - number != 0 or (isinstance(value, float) and number != value):
        return None
    return number


def _unknown(name: str, known: Mapping[str, OptionRow], where: str) -> LabtopError:
    from difflib import get_close_matches  # imported only for errors

    near = get_close_matches(name.partition(".")[2], known, n=1)
    hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
    return LabtopError(f"{where}: {name} is not a setting.", hint=hint)


def _hint(file: Path, where: str) -> str:
    return f"Correct or unset {where}." if where.startswith(PREFIX) else f"The file is {file}: labtop config edit"
