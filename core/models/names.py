"""How names of models are compared and shown."""

from __future__ import annotations

import re
from pathlib import PurePath


def spelling(name: str) -> str:
    """A name without differences of spelling: case, dots and dashes."""
    return re.sub(r"[._-]+", "-", name.lower())


def short_name(model: PurePath) -> str:
    """The name of a model's folder; that of a number, such as the quickstart's `student/1`, has its parent."""
    return "/".join(model.parts[-2:]) if model.name.isdecimal() else model.name
