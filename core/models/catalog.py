"""The documented models of the LAB method, and which of them are on this machine."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

import yaml

from core.errors import LabtopError
from core.models.names import spelling

Release = Literal["1.1", "1.5"]
"""A generation of models: RHEL AI 1.1 has Granite 7B, 1.5 has Granite 3.1."""

NEWEST: Release = get_args(Release)[-1]

BASE = "base model"
"""The kind of models that are documented for customizing."""

ADAPTER = "LoRA adapter"
"""The kind of entries that are no models of their own."""

PREVIEW = (
    "Technology Preview: these models are not supported with production service level agreements (SLAs), might not be"
    " functionally complete, and are not recommended for production."
)

FOLDER_DEPTH = 2
"""Levels below the models folder that are searched for a downloaded model: `name` and `org/name`."""


@dataclass(frozen=True)
class CatalogModel:
    """One documented model."""

    name: str
    kind: str
    """What it is, such as `base model` or `LoRA adapter`."""
    purpose: str
    releases: tuple[Release, ...]
    repository: str
    """Where it is downloaded from, such as `docker://registry/name`."""
    size: float | None
    """Bytes on disk as documented; None where the documents state none."""
    preview: bool
    """Technology Preview instead of general availability."""
    needed: bool
    """For customizing a model: as base, teacher, judge or adapter."""
    default: bool
    """The documents' default for serving and chatting in its generation."""

    @property
    def support(self) -> str:
        return "Technology Preview" if self.preview else "general availability"

    @property
    def is_base(self) -> bool:
        """Whether it is documented as a base for customizing."""
        return self.kind == BASE

    @property
    def is_adapter(self) -> bool:
        return self.kind == ADAPTER


@cache
def catalog() -> tuple[CatalogModel, ...]:
    """All documented models, the newest generation first."""
    text = files("profiles").joinpath("models", "catalog.yaml").read_text()
    return tuple(
        CatalogModel(
            name=entry["name"],
            kind=entry["kind"],
            purpose=entry["purpose"],
            releases=tuple(entry["releases"]),
            repository=entry["repository"],
            size=entry["size"] * 1e9 if "size" in entry else None,
            preview=entry.get("preview", False),
            needed=entry.get("needed", False),
            default=entry.get("default", False),
        )
        for entry in yaml.load(text, Loader=yaml.CSafeLoader)
    )


def of_release(release: Release | None) -> tuple[CatalogModel, ...]:
    """The models of a generation; all for None."""
    return tuple(model for model in catalog() if release is None or release in model.releases)


def find_in_catalog(name: str) -> CatalogModel | None:
    """The documented model of that name, without regard to case, dots and dashes."""
    return next((model for model in catalog() if spelling(model.name) == spelling(name)), None)


def require_in_catalog(name: str) -> CatalogModel:
    """Like `find_in_catalog`. Raises LabtopError with similar names when there is none."""
    found = find_in_catalog(name)
    if found is None:
        near = difflib.get_close_matches(spelling(name), [spelling(model.name) for model in catalog()], n=1)
        hint = f"Did you mean {require_in_catalog(near[0]).name}? " if near else ""
        raise LabtopError(f"The catalog has no model {name}.", hint=f"{hint}`labtop model catalog` shows the names.")
    return found


@dataclass(frozen=True)
class CatalogEntry:
    """A documented model, and where it is on this machine."""

    model: CatalogModel
    path: Path | None
    """Its folder; None if it is not here."""


def located(models: Iterable[CatalogModel], models_dir: Path) -> list[CatalogEntry]:
    """The models with their folders below the models folder."""
    folders = {spelling(folder.name): folder for folder in _folders(models_dir, FOLDER_DEPTH)}
    return [CatalogEntry(model, folders.get(spelling(model.name))) for model in models]


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    """Folders with a config, the outermost last, so that `name` is preferred to `org/name`."""
    try:
        inner = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError:
        return
    for entry in inner:
        if depth > 1:
            yield from _folders(entry, depth - 1)
    yield from (entry for entry in inner if _is_model(entry))


def _is_model(folder: Path) -> bool:
    return any((folder / name).is_file() for name in ("config.json", "adapter_config.json"))


def missing_for_customizing(entries: Sequence[CatalogEntry]) -> list[CatalogModel]:
    """The models that customizing needs and this machine does not have."""
    return [entry.model for entry in entries if entry.model.needed and entry.path is None]
