"""Completing paths and names of models, as a shell does."""

from __future__ import annotations

import os
from os.path import commonprefix
from pathlib import Path

from core import paths
from core.commands.form import MODELS, Field
from core.models.catalog import catalog
from core.serving.names import BUILTIN_TEACHER

SHOWN = 200
"""The most entries of a folder that are offered."""


def completions(field: Field, text: str) -> list[str]:
    """The texts that a field's text may be completed to; empty where nothing is known."""
    if field.choices:
        return []
    if field.row.choices:
        return [word for word in field.row.choices if word.startswith(text)]
    name = f"{field.section}.{field.name}"
    if name in (*MODELS, "quickstart.student", "generate.model", "chat.model"):
        named = [
            name for name in _models(teacher=name in ("generate.model", "serve.model_path")) if name.startswith(text)
        ]
        return named or _paths(text, folders=True)
    if name == "model download.repositories":
        return [model.name for model in catalog() if model.name.startswith(text)]
    if field.row.kind in ("file", "folder", "path"):
        return _paths(text, folders=field.row.kind == "folder")
    return []


def completed(field: Field, text: str) -> tuple[str, list[str]]:
    """The text with everything that is certain added, and what it may still become."""
    found = completions(field, text)
    longer = commonprefix(found) if found else text  # noqa: RUF071 - of texts, character by character
    return (longer if longer.startswith(text) else text), ([] if found == [longer] else found)


def _models(*, teacher: bool) -> list[str]:
    folder = paths.current().models_dir
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.name.startswith("."))
    except OSError:
        names = []
    return [*([BUILTIN_TEACHER] if teacher else []), *names]


def _paths(text: str, *, folders: bool) -> list[str]:
    """The entries of a folder whose paths start with a text, a folder with a slash at its end."""
    head, slash, start = text.rpartition("/")
    top = Path(os.path.expanduser(head + slash) or ".")  # noqa: PTH111 - pathlib raises for an unknown user
    found = []
    try:
        with os.scandir(top) as entries:
            for entry in entries:
                hidden = entry.name.startswith(".") and not start.startswith(".")
                if not entry.name.startswith(start) or hidden or not entry.name.isprintable():
                    continue
                if entry.is_dir():
                    found.append(f"{head}{slash}{entry.name}/")
                elif not folders:
                    found.append(f"{head}{slash}{entry.name}")
    except (OSError, ValueError):
        return []
    return sorted(found)[:SHOWN]
