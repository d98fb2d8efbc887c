"""Everything that is on this machine: models, LoRA adapters, checkpoints of trainings, unfinished downloads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from core.models.download.place import UNFINISHED, bytes_below
from core.models.download.record import Download, read_record
from core.models.local import LocalModel, list_models
from core.models.state import Finding, list_adapters, model_state
from core.models.weights import model_size
from core.paths import Paths

Kind = Literal["model", "adapter", "checkpoint", "unfinished"]


@dataclass(frozen=True)
class HereModel:
    """One model on this machine, with its state."""

    kind: Kind
    model: LocalModel
    finding: Finding
    parameters: int | None = None
    """Values in its weights; None for what is not complete."""
    origin: Download | None = None
    """Where labtop downloaded it from."""

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def path(self) -> Path:
        return self.model.path

    @property
    def can_be_served(self) -> bool:
        return self.kind in ("model", "checkpoint") and self.finding.state == "complete"


def list_checkpoints(roots: Paths) -> list[LocalModel]:
    """Checkpoints of trainings; those in phases have the phase in their name."""
    found = list_models(roots.checkpoints_dir)
    for folder in sorted(roots.phased_dir.glob("phase*/checkpoints")):
        phase = folder.parent.name
        found += [replace(model, name=str(Path(phase, model.name))) for model in list_models(folder)]
    return found


def trained_adapters(roots: Paths) -> list[Path]:
    """The LoRA adapters of trainings, whose checkpoints have them merged."""
    folders = [roots.checkpoints_dir, *sorted(roots.phased_dir.glob("phase*/checkpoints"))]
    return [path for folder in folders for path in list_adapters(folder)]


def read_here(roots: Paths) -> tuple[HereModel, ...]:
    """All of it, by kind. Reads headers of weights, not weights. Folders that vanish meanwhile are left out."""
    found: list[HereModel] = []
    for kind, models in (("model", list_models(roots.models_dir)), ("checkpoint", list_checkpoints(roots))):
        for model in models:
            with suppress(OSError):
                found.append(_here("model" if kind == "model" else "checkpoint", model))
    for folder in [*list_adapters(roots.models_dir), *trained_adapters(roots)]:
        root = next(
            root for root in (roots.models_dir, roots.checkpoints_dir, roots.phased_dir) if root in folder.parents
        )
        with suppress(OSError):
            found.append(HereModel("adapter", _folder(folder, root), Finding("adapter")))
    return (*found, *list_unfinished(roots.models_dir))


def _here(kind: Kind, model: LocalModel) -> HereModel:
    finding = model_state(model)
    size = model_size(model.path) if finding.state == "complete" else None
    origin = read_record(model.path) if model.path.is_dir() else None
    return HereModel(kind, model, finding, None if size is None else size.parameters, origin)


def _folder(folder: Path, root: Path) -> LocalModel:
    newest = max((path.stat().st_mtime for path in folder.rglob("*") if path.is_file()), default=folder.stat().st_mtime)
    return LocalModel(str(folder.relative_to(root)), folder, bytes_below(folder), newest, "safetensors")


def list_unfinished(models_dir: Path) -> Iterator[HereModel]:
    """Downloads that can be continued."""
    for folder in sorted((models_dir / UNFINISHED).glob("*/")):
        with suppress(OSError):
            name = folder.name.replace("--", "/", 1)  # as `Place.of` names it
            yield HereModel(
                "unfinished",
                replace(_folder(folder, models_dir), name=name),
                Finding("unfinished", "Its download is not complete.", "Download it again to continue where it ended."),
            )
