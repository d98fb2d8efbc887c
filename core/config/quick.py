"""The settings for opening the workbench, read without pydantic, whose import takes a quarter of its start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core import paths
from core.config.file import PREFIX, read_file
from core.config.option import OptionRow
from core.config.option_table import TABLE
from core.config.profiles import MENU
from core.config.removed import drop_removed
from core.config.values import parse_value


def read_quickly(
    config_file: Path | None = None, environment: Mapping[str, str] | None = None
) -> dict[str, dict[str, Any]] | None:
    """The settings of all sections from environment, file and defaults; None if only `load` can judge them.

    That is so if something is wrong, which `load` explains. A training profile's values are not included. Raises
    LabtopError if the file cannot be read.
    """
    environment = os.environ if environment is None else environment
    file = config_file or paths.current().config_file
    values, lines = read_file(file)
    drop_removed(values, lines, file.name)
    sections = {command.section: command for command in TABLE.values() if command.section}
    if not set(values) <= {*sections, "version"} or values.get("version", 1) != 1:
        return None
    found: dict[str, dict[str, Any]] = {}
    known: set[str] = set()
    for section, command in sections.items():
        rows = {row.name: row for row in command.options if row.in_file}
        content = values.get(section, {})
        variables = {name: f"{PREFIX}{section}_{name}".upper() for name in rows}
        known.update(variables.values())
        if not isinstance(content, dict) or not set(content) <= set(rows):
            return None
        given = content | {name: environment[key] for name, key in variables.items() if key in environment}
        written = {name: value for name, value in given.items() if not _is_default(rows[name], value)}
        parsed = {name: _parsed(rows[name], value) for name, value in written.items()}
        profile = str(parsed.get("profile", MENU[0])).removesuffix(".yaml")
        if None in parsed.values() or f"{profile}.yaml" not in MENU:
            return None
        found[section] = {row.name: row.default for row in rows.values()} | parsed
    starts = tuple(f"{PREFIX}{section}_".upper() for section in sections)
    unknown = any(name.startswith(starts) and name not in known for name in environment)
    return None if unknown else found


def _is_default(row: OptionRow, value: object) -> bool:
    return row.default is None and value in (None, [])


def _parsed(row: OptionRow, value: object) -> Any:
    """The value; None for one that is wrong, or that the model of the section reads in its own way."""
    if row.several or (row.kind == "flag" and not isinstance(value, bool)):
        return None
    if row.kind in ("text", "file", "folder", "path") and not isinstance(value, str):
        return None
    return parse_value(row, value)[0]
