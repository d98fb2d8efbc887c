"""What a form starts with: the best model, the taxonomy of this workbench, a port that is free."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.commands.form import Form, Preset
from core.overview.model import BestModel, DataFiles
from core.serving.listening import free_port
from core.taxonomy.git.changes import EMPTY_BASE
from core.taxonomy.git.usual_base import usual_base

HERE = "this workbench"


@dataclass(frozen=True)
class Place:
    """Where a form is opened."""

    taxonomy: Path
    base: str
    best: BestModel | None = None
    data: DataFiles = field(default_factory=DataFiles)
    base_is_missing: bool = False
    """Whether the repository does not have the base."""
    nothing_changed: bool = False
    """Whether there are leaves, and all are as in the base: then data is generated from all of them."""
    endpoint: str = ""
    """The base URL of the server to chat with."""
    model: str = ""
    """The model that the form was opened for; empty for any."""


def with_presets(form: Form, place: Place) -> Form:
    """A form that starts with what fits this place; only what differs from the command's own value counts."""
    fields = {field.name: field for field in form.fields}
    found = {name: preset for name, preset in _presets(form, place) if name in fields}
    return replace(form, presets={name: preset for name, preset in found.items() if preset.text != fields[name].used})


def _presets(form: Form, place: Place) -> Iterator[tuple[str, Preset]]:
    command, best = form.spec.command, place.best
    used = {field.name: field.used for field in form.fields}
    if command in ("generate", "run"):
        yield "taxonomy_path", Preset(str(place.taxonomy), HERE)
        if place.base_is_missing:
            yield "taxonomy_base", Preset(usual_base(place.taxonomy), f"no {place.base}")
        elif place.nothing_changed:
            yield "taxonomy_base", Preset(EMPTY_BASE, f"as on {place.base}")
        else:
            yield "taxonomy_base", Preset(place.base, HERE)
    if command == "train":
        yield "strategy", Preset("lab-multiphase", "LAB's two phases")
        for name, file in (("phased_phase1_data", place.data.knowledge), ("phased_phase2_data", place.data.skills)):
            if file is not None:
                yield name, Preset(file, "newest data")
        if best is not None and best.base and not used["model_path"]:
            yield "model_path", Preset(best.base, "trained before")
    if command == "evaluate" and best is not None:
        yield "model", Preset(best.path, "best model")
        if best.base and best.base != place.model:
            yield "base_model", Preset(best.base, "its base model")
        if place.data.tasks is not None:
            yield "tasks_dir", Preset(place.data.tasks, "newest data")
    if command == "serve":
        if best is not None:
            yield "model_path", Preset(best.path, "best model")
        yield from _port(used)
    if command == "chat" and place.endpoint:
        yield "endpoint_url", Preset(place.endpoint, HERE)


def _port(used: dict[str, str]) -> Iterator[tuple[str, Preset]]:
    """A free port, if the usual one is in use."""
    wanted = int(used["port"])
    if wanted and (free := free_port(used["host"], wanted)) != wanted:
        yield "port", Preset(str(free), f"{wanted} is in use")
