"""The settings file as plain values with their lines. Light: lint of one file uses it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from core.config.instructlab import is_instructlab
from core.errors import LabtopError
from core.yaml_files import load_yaml

PREFIX = "LABTOP_"
"""Of environment variables: LABTOP_TRAIN_NUM_EPOCHS sets train.num_epochs."""


def read_file(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The file's values, and the line of each setting, counting from 1; a missing file has none.

    Raises LabtopError when it cannot be read, is not YAML, or is InstructLab's.
    """
    values, lines = read_yaml(file)
    if is_instructlab(values):
        raise LabtopError(
            f"{file} is InstructLab's settings file.", hint=f"To convert it: labtop config migrate {file}"
        )
    return values, lines


def read_yaml(file: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Like `read_file`, of any program's settings."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, {}
    except (OSError, UnicodeDecodeError) as error:
        raise LabtopError(
            f"{file} cannot be read: {error}.", hint="To write a new one: labtop config init --force"
        ) from error
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        values = load_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise LabtopError(f"{file}{where}: {problem}.", hint="Fix it with: labtop config edit") from error
    if values is None:
        return {}, {}
    if not isinstance(values, dict) or not isinstance(root, yaml.MappingNode):
        raise LabtopError(
            f"{file} must contain sections of settings.", hint="To write a new one: labtop config init --force"
        )
    lines: dict[str, int] = {}
    for key, value in root.value:
        lines[str(key.value)] = key.start_mark.line + 1
        if isinstance(value, yaml.MappingNode):
            for inner, _ in value.value:
                lines[f"{key.value}.{inner.value}"] = inner.start_mark.line + 1
    for section, content in values.items():  # names that are no text, and names from merged mappings
        line = lines.setdefault(str(section), 1)
        for name in content if isinstance(content, dict) else ():
            lines.setdefault(f"{section}.{name}", line)
    # A section without content is written as null; that means defaults.
    return {str(name): {} if content is None else content for name, content in values.items()}, lines
