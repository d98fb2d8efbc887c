"""What models are called: by the user, on disk, and by the servers that serve them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from core.errors import LabtopError
from core.models.local import GGUF
from core.paths import expanded

BUILTIN_TEACHER = "builtin:extractive"
"""Stands for the rule-based teacher where a model's folder is expected."""


def last_part(name: str) -> str:
    """A path's last part; a plain name is its own."""
    return name.rstrip("/").rpartition("/")[2]


def spelling(name: str) -> str:
    """A name without what people spell differently: case, dots and dashes."""
    return re.sub(r"[._-]+", "-", name.lower())


def served_names(model_path: str, served_name: str | None) -> list[str]:
    """What a model answers to: the name given to it, else its folder's name and the path as given."""
    if served_name is not None:
        return [served_name]
    return list(dict.fromkeys([Path(model_path).resolve().name, model_path]))


def one_name_each(names: Sequence[str]) -> list[str]:
    """The names without paths whose last part is listed, too: a server may list a model by both."""
    return [name for name in names if "/" not in name or last_part(name) == name or last_part(name) not in names]


def find_model(given: str, models_dir: Path) -> str | None:
    """What to serve for what a user gave: the teacher, a folder's absolute path, or a model of that name among ours."""
    if given == BUILTIN_TEACHER:
        return given
    path = expanded(given)
    if path.exists() and ("/" in given or path.suffix == GGUF or (path / "config.json").is_file()):
        return str(path.absolute())
    if path.is_absolute() or not models_dir.is_dir():
        return None
    folders = sorted(folder for folder in models_dir.iterdir() if folder.is_dir())
    same = [folder for folder in folders if spelling(folder.name) == spelling(given)]
    exact = models_dir / given
    if exact.is_dir() or (exact.suffix == GGUF and exact.is_file()):
        return str(exact)
    return str(same[0]) if same else None


def require_model(given: str, models_dir: Path) -> str:
    """The same, where it must be there. Raises LabtopError."""
    found = find_model(given, models_dir)
    if found is None:
        raise LabtopError(
            f"There is no model {given}, neither as a folder nor in {models_dir}.",
            hint="`labtop model list` shows the models on this machine.",
        )
    return found
