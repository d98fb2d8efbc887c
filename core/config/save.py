"""Settings as text: a new file with comments, and the current values with their origins."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from core.config.load import SECTIONS, Resolved
from core.config.option import OptionRow
from core.config.option_table import TABLE
from core.files import write_linked

HEAD = """\
# Settings of labtop. Lines that begin with '#' show defaults: remove the '#' to change a value.
# Options on the command line and variables such as LABTOP_TRAIN_NUM_EPOCHS override this file.
version: 1
"""


def template(chosen: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a new file: every setting with its help; those in `chosen` are set, the others are comments."""
    blocks = [HEAD]
    for command in TABLE.values():
        if command.section is None:
            continue
        picked = chosen.get(command.section, {})
        lines = [f"{command.section}:"]
        for row in command.options:
            if row.in_file:
                lines.extend(f"  # {line}" for line in textwrap.wrap(row.help, 100))
                mark = "" if row.name in picked else "# "
                lines.append(f"  {mark}{row.name}: {scalar(picked.get(row.name, row.default))}{_remark(row)}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _remark(row: OptionRow) -> str:
    """The comment after a value: its unit, or its allowed values."""
    words = row.unit or ", ".join(row.choices)
    return f"  # {words}" if words else ""


def scalar(value: Any) -> str:
    """A value as YAML on one line."""
    return str(yaml.safe_dump(value, width=1000, default_flow_style=True)).removesuffix("...\n").strip()


def write_new(file: Path, chosen: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a new settings file; an old one is overwritten."""
    write_linked(file, template(chosen))


def render(resolved: Resolved, *, section: str | None = None, comments: bool = True) -> str:
    """All settings as YAML; comments show where each value comes from."""
    shown = [f"version: {resolved.settings.version}"] if section is None else []
    values = resolved.to_data()
    for name in SECTIONS if section is None else (section,):
        lines = [f"{name}:"]
        for field, value in values[name].items():
            line = f"  {field}: {scalar(value)}"
            origin = resolved.origins.get(f"{name}.{field}", "default")
            lines.append(f"{line.ljust(58)} # {origin}" if comments else line)
        shown.append("\n".join(lines))
    return "\n".join(shown)
