"""What models are called: by the user, on disk, and by the servers that serve them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from core.errors import LabtopError
from core.models.local import GGUF
from core.models.names import spelling
from core.paths import expanded

BUILTIN_TEACHER = "builtin:extractive"
"""Names the rule-based teacher where a model's folder is expected."""


def last_part(name: str) -> str:
    """The last part of a path, or a plain name as it is."""
    return name.rstrip("/").rpartition("/")[2]


def served_names(model_path: str, served_name: str | None) -> list[str]:
    """The names a model is served under: the given one, else its folder's name and the path as given."""
    if served_name is not None:
        return [served_name]
    return list(dict.fromkeys([Path(model_path).resolve().name, model_path]))


def unique_names(names: Sequence[str]) -> list[str]:
    """The names without paths whose last part is also listed: a server may list a model by both."""
    return [name for name in names if "/" not in name or last_part(name) == name or last_part(name) not in names]


def find_model(given: str, models_dir: Path) -> str | None:
    """The model to serve for a user's input: the teacher, a folder's absolute path, or a model in `models_dir`."""
    if given == BUILTIN_TEACHER:
        return given
    with suppress(OSError):  # too long for a path, or in a folder that only others may read
        return _find_model(given, expanded(given), models_dir)
    return None


def _find_model(given: str, path: Path, models_dir: Path) -> str | None:
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
    """Like `find_model`. Raises LabtopError when there is none."""
    found = find_model(given, models_dir)
    if found is None:
        if os.path.isdir(folder := expanded(given)):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            raise LabtopError(
                f"There is no model {given}: the folder {folder.absolute()} has no config.json, and no such model is in"
                f" {models_dir}.",
                hint="A folder without config.json is not a model, or one whose writing was interrupted.",
            )
        raise LabtopError(
            f"There is no model {given}: no such folder, and no such model in {models_dir}.",
            hint="`labtop model list` shows the models on this machine.",
        )
    return found
