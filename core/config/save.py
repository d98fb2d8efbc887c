"""Settings as text: a commented file to begin with, and what is in force with where it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from core.config.load import Resolved
from core.config.settings import Section, sections
from core.files import write_atomic

HEAD = """\
# Settings of labtop. A line that begins with '#' shows a default: take the '#' away to change it.
# A command's option or a variable such as LABTOP_TRAIN_NUM_EPOCHS goes before what stands here.
version: 1
"""


def template(chosen: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a new file: every setting with its meaning, those in `chosen` set and the others as comments."""
    blocks = [HEAD]
    for name, model in sections().items():
        lines = [f"{name}:"]
        for field, info in model.model_fields.items():
            if info.description:
                lines.extend(f"  # {line}" for line in textwrap.wrap(" ".join(info.description.split()), 100))
            picked = chosen.get(name, {})
            mark = "" if field in picked else "# "
            lines.append(f"  {mark}{field}: {_scalar(picked.get(field, info.get_default()))}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _scalar(value: Any) -> str:
    """A value as it stands after a key."""
    return str(yaml.safe_dump(value, width=1000, default_flow_style=True)).removesuffix("...\n").strip()


def write_new(file: Path, chosen: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a new settings file, over an old one if there is one."""
    write_atomic(file, template(chosen))


def render(resolved: Resolved, *, section: str | None = None) -> str:
    """All settings as YAML, each with a comment that says where its value comes from."""
    shown = []
    for name, value in resolved.settings:
        if section not in (None, name):
            continue
        if not isinstance(value, Section):
            shown.append(f"{name}: {_scalar(value)}")
            continue
        lines = [f"{name}:"]
        for field, inner in value:
            origin = resolved.origins.get(f"{name}.{field}", "default")
            lines.append(f"  {field}: {_scalar(inner)}".ljust(58) + f" # {origin}")
        shown.append("\n".join(lines))
    return "\n".join(shown)
