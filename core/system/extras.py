"""The optional parts of labtop, and the error for a missing one."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal

from core.errors import LabtopError

Extra = Literal["train", "eval", "serve", "cpu"]

MODULES: dict[Extra, tuple[str, ...]] = {
    "train": ("torch", "transformers", "tokenizers", "safetensors"),
    "eval": ("torch", "transformers", "lm_eval"),
    "serve": ("torch", "transformers", "fastapi", "uvicorn"),
    "cpu": ("torch", "transformers", "tokenizers", "safetensors", "lm_eval", "fastapi", "uvicorn"),
}
"""The modules of each extra of pyproject.toml that the code imports."""


def require(extra: Extra) -> None:
    """Raise LabtopError when a module of an extra is not installed. Imports none of them."""
    missing = [name for name in MODULES[extra] if find_spec(name) is None]
    if missing:
        raise LabtopError(
            f"{missing[0]} is required, but not installed.",
            hint="Install training, evaluation and serving, in labtop's folder: pip install '.[cpu]'",
        )
