"""Training profiles: settings for a kind of machine, as data in `profiles/train/`."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from core.errors import LabtopError

MENU = (
    "A100_H100_x2.yaml",
    "A100_H100_x4.yaml",
    "A100_H100_x8.yaml",
    "L40_x4.yaml",
    "L40_x8.yaml",
    "L4_x8.yaml",
)
"""The profiles in the order of RHEL AI's menu; number 0 is none."""


def read_profile(name: str) -> dict[str, dict[str, Any]]:
    """The settings of a profile, by section. Raises LabtopError for an unknown name."""
    known = {file.name: file for file in files("profiles").joinpath("train").iterdir()}
    file = known.get(name if name.endswith(".yaml") else f"{name}.yaml")
    if file is None:
        raise LabtopError(f"There is no training profile {name[:100]}.", hint=f"Choose one of: {', '.join(MENU)}.")
    content: dict[str, dict[str, Any]] = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
    return content
