"""Deleting models, except those that something uses."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from core.errors import LabtopError, disk_error
from core.jobs.folder import JobStore
from core.jobs.observe import ENDED, observe_all
from core.jobs.spec import JobSpec
from core.models.download.job import DownloadJob
from core.models.download.place import UNFINISHED, Place, bytes_below
from core.models.names import spelling
from core.models.state import list_adapters
from core.serving.exclusion import stop_command
from core.serving.names import find_model
from core.serving.registry import ServerRegistry

MODEL_OPTIONS = ("--model", "--model-path")
"""Of servers' command lines: ours, and vLLM's."""


@dataclass(frozen=True)
class Removal:
    """What the user wants to delete."""

    name: str
    paths: tuple[Path, ...]
    """The model's folder or file, and an unfinished download of it."""
    size: int
    """Bytes."""
    models_dir: Path


def removals(names: Sequence[str], models_dir: Path) -> list[Removal]:
    """What the names refer to. Raises LabtopError for one that is not in the models folder, or that is in use."""
    found = [_removal(name, models_dir) for name in names]
    for removal in found:
        for path in removal.paths:
            for server in ServerRegistry().read():
                if server.model == str(path):
                    raise LabtopError(
                        f"{removal.name} is in use by a server ({server.owner}).",
                        hint=f"Stop it with: {stop_command(server)}",
                        code="model-in-use",
                    )
            if user := _user(path):
                raise LabtopError(f"{removal.name} is in use by {user}.", hint="Stop it first.", code="model-in-use")
    return found


def _removal(name: str, models_dir: Path) -> Removal:
    model = find_model(name, models_dir)
    adapters = [path for path in list_adapters(models_dir) if spelling(path.name) == spelling(name)]
    path = adapters[0] if model is None and adapters else None if model is None else Path(model)
    if path is not None:
        path = path.absolute()
        # Not through `..` or a link to another folder; a link itself may be deleted.
        inside = ".." not in path.parts and path.parent.resolve().is_relative_to(models_dir.resolve())
        if not inside or models_dir not in path.parents or UNFINISHED in path.relative_to(models_dir).parts:
            raise LabtopError(
                f"{path} is not in {models_dir}, and only models there are deleted.",
                hint="`labtop model list` shows their names; other folders can be deleted with rm.",
            )
    unfinished = Place.of(models_dir, name).unfinished if name not in (".", "..") else None
    there = tuple(each for each in (path, unfinished) if each is not None and each.exists())
    if not there:
        raise LabtopError(
            f"There is no model {name} in {models_dir}.", hint="`labtop model list` shows the models on this machine."
        )
    size = sum(bytes_below(each) if each.is_dir() else each.stat().st_size for each in there)
    return Removal(name, there, size, models_dir)


def _user(path: Path) -> str | None:
    """The job or another program's process that uses a model, or a download of it."""
    for job in observe_all(JobStore()):
        if job.status not in ENDED and path in _used_by(job.spec):
            return f"job {job.spec.id} ({job.spec.title})"
    for process in psutil.process_iter(["cmdline", "name"]):
        if any(
            option in MODEL_OPTIONS and value == str(path) for option, value in pairwise(process.info["cmdline"] or ())
        ):
            return f"process {process.pid} ({process.info['name']})"
    return None


def _used_by(spec: JobSpec) -> set[Path]:
    """The paths in a job's options, with their parents; the folders of a download."""
    used: set[Path] = set()
    if spec.kind == "download":
        job = DownloadJob.from_data(spec.options)
        for place in (Place.of(Path(job.models_dir), source.name) for source in job.sources):
            used |= {place.target, place.unfinished}
    for text in _texts(spec.options):
        if text.startswith("/"):
            used |= {Path(text), *Path(text).parents}
    return used


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def remove(removal: Removal) -> None:
    """Delete a model; interrupted, it leaves nothing that looks like a model. Raises LabtopError."""
    for path in removal.paths:
        try:
            if path.is_symlink() or not path.is_dir():
                path.unlink()
                continue
            renamed = path.with_name(f".{path.name}.removed-{secrets.token_hex(4)}")
            path.rename(renamed)
            shutil.rmtree(renamed)
        except OSError as error:
            raise disk_error(error, f"deleting {path}") from error
        if path.parent not in (removal.models_dir, removal.models_dir / UNFINISHED) and not any(path.parent.iterdir()):
            path.parent.rmdir()
