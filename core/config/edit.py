"""Changing single settings of a file, with its comments and everything else kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import yaml

from core.config.file import read_file
from core.config.save import scalar, template
from core.errors import LabtopError
from core.files import write_linked
from core.yaml_files import load_yaml


def set_settings(file: Path, changes: Mapping[str, Mapping[str, Any]]) -> None:
    """Set these values, by section and name; a missing file is created.

    Raises LabtopError if the file cannot be read, or has values that only an editor can change.
    """
    if not file.exists():
        write_linked(file, template(changes))
        return
    values, _ = read_file(file)
    wanted = {**values, **{section: {**values.get(section, {}), **change} for section, change in changes.items()}}
    text = file.read_text(encoding="utf-8")
    for section, change in changes.items():
        for name, value in change.items():
            text = with_setting(text, section, name, value)
    if not _says(text, wanted):
        text = _round_trip(file, changes)
    if not _says(text, wanted):
        raise LabtopError(f"{file} is written in a way that labtop does not change.", hint="Run: labtop config edit")
    write_linked(file, text)


def _says(text: str, wanted: Mapping[str, Any]) -> bool:
    """Whether a settings file of this text has these values and no others; an empty section has none."""
    try:
        return {name: content or {} for name, content in (load_yaml(text) or {}).items()} == wanted
    except (yaml.YAMLError, AttributeError):
        return False


def _round_trip(file: Path, changes: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of a file that is no list of lines `name: value`, such as `{name: value}`, with these values."""
    from ruamel.yaml import YAML  # seldom needed, and it takes longer to import than all of this module

    editor = YAML()
    editor.preserve_quotes = True
    editor.width = 2**16
    data = editor.load(file.read_text(encoding="utf-8"))
    for section, change in changes.items():
        data[section] = data.get(section) or {}
        data[section].update(change)
    stream = StringIO()
    editor.dump(data, stream)
    return stream.getvalue()


def with_setting(text: str, section: str, name: str, value: Any) -> str:
    """The text of a settings file with one value; a line that shows the default as a comment is replaced."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if re.match(rf"{section}:\s*(#.*)?$", line)), None)
    if start is None:
        return "\n".join([*lines, "", f"{section}:", f"  {name}: {scalar(value)}", ""])
    end = next((n for n in range(start + 1, len(lines)) if re.match(r"[^\s#]", lines[n])), len(lines))
    block = range(start + 1, end)
    entry = re.compile(rf"(?P<indent>\s+)(?P<mark>#\s*)?{name}:(?=\s|$)(?P<rest>.*)")
    found = {n: match for n in block if (match := entry.match(lines[n]))}
    at = next((n for n, match in found.items() if not match["mark"]), next(iter(found), None))
    if at is None:
        indent = next((re.match(r"\s+", lines[n]) for n in block if re.match(r"\s+[^\s#]", lines[n])), None)
        lines.insert(start + 1, f"{indent[0] if indent else '  '}{name}: {scalar(value)}")
    else:
        remark = re.search(r"\s+#.*$", found[at]["rest"])
        lines[at] = f"{found[at]['indent']}{name}: {scalar(value)}{remark[0] if remark else ''}"
    return "\n".join([*lines, ""])
