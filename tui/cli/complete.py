"""What a shell offers for a partly typed name of a model, release or conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from core import paths

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def complete_model(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models of the models folder, otherwise folders."""
    found = [name for name in _model_names(paths.current().models_dir) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in sorted(found)] or [CompletionItem(incomplete, type="dir")]


def _model_names(folder: Path) -> Iterator[str]:
    """The folders in the models folder; of an owner's folder, the models in it."""
    for name in _names(folder):
        inner = [f"{name}/{each}" for each in _names(folder / name) if (folder / name / each).is_dir()]
        is_owner = inner and not (folder / name / "config.json").exists()
        yield from inner if is_owner else [name]


def complete_catalog(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The models of the catalog."""
    from core.models.catalog import catalog

    return [CompletionItem(each.name, help=each.purpose) for each in catalog() if each.name.startswith(incomplete)]


def complete_session(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ids of the saved conversations, the newest first; otherwise files."""
    ids = {Path(name).stem for name in _names(paths.current().chatlogs_dir)}
    found = sorted((each for each in ids if each.startswith(incomplete)), reverse=True)
    return [CompletionItem(each) for each in found] or [CompletionItem(incomplete, type="file")]


def _names(folder: Path) -> list[str]:
    with suppress(OSError):
        names = [entry.name for entry in folder.iterdir()]
        return [name for name in names if not name.startswith(".") and name.isprintable()]
    return []


COMPLETIONS: Mapping[tuple[str, str], Complete] = {
    ("serve", "model_path"): complete_model,
    ("chat", "model"): complete_model,
    ("chat", "model_path"): complete_model,
    ("chat", "session"): complete_session,
    ("chat", "remove_session"): complete_session,
    ("train", "model_path"): complete_model,
    ("evaluate", "model"): complete_model,
    ("evaluate", "base_model"): complete_model,
    ("model download", "repositories"): complete_catalog,
    ("model remove", "models"): complete_model,
    ("model upload", "model"): complete_model,
}
"""By the command's options and the name of one."""
