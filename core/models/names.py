"""How names of models are compared."""

from __future__ import annotations

import re


def spelling(name: str) -> str:
    """A name without differences of spelling: case, dots and dashes."""
    return re.sub(r"[._-]+", "-", name.lower())
