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
from core.config.values import Value, parse_value, wrong_value
from core.errors import LabtopError


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
        parsed, _ = parse_value(rows[name], value)
        if parsed is None:
            reason = wrong_value(rows[name], value)
            raise LabtopError(f"{where}: {section}.{name}: {reason}.", hint=_hint(file, where))
        found[name] = parsed
    return found


def _unknown(name: str, known: Mapping[str, OptionRow], where: str) -> LabtopError:
    from difflib import get_close_matches  # imported only for errors

    near = get_close_matches(name.partition(".")[2], known, n=1)
    hint = f"Did you mean {near[0]}?" if near else "`labtop config show` lists all settings."
    return LabtopError(f"{where}: {name} is not a setting.", hint=hint)


def _hint(file: Path, where: str) -> str:
    return f"Correct or unset {where}." if where.startswith(PREFIX) else f"The file is {file}: labtop config edit"
