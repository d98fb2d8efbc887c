"""How a model's folder is named on the screen."""

from __future__ import annotations

import re
from pathlib import Path

PHASE = re.compile(r"phase(\d)")
"""The folder of a training's phase, somewhere above its checkpoints."""


def model_name(path: str) -> str:
    """The folder's name, with the phase of a checkpoint; a number with the folder around it."""
    parts = Path(path).parts
    if len(parts) < 2:
        return path
    phase = next((part for part in parts[:-1] if PHASE.fullmatch(part)), "")
    around = phase or (parts[-2] if parts[-1].isdecimal() else "")
    return f"{around}/{parts[-1]}" if around else parts[-1]
