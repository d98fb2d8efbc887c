"""What a training was started with, from the options of its job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from core.config.options.train import DeviceOptions
from core.errors import LabtopError
from core.jobs.spec import JobSpec
from core.models.names import short_name
from core.overview.values import number, part, text
from core.quickstart.arguments import QuickstartJob
from core.quickstart.recipe import recipe_for


@dataclass(frozen=True)
class PhaseFacts:
    """One phase; what is not known is None or empty."""

    epochs: int | None = None
    batch_size: int | None = None
    files: tuple[str, ...] = ()
    """The names of the data files."""


@dataclass(frozen=True)
class TrainingFacts:
    """A training's model, data and processes."""

    model: str = ""
    """The name of its folder."""
    model_path: str = ""
    """The folder, if the options name it."""
    strategy: str = "one phase"
    ranks: int = 1
    """Processes on all nodes."""
    nodes: int = 1
    backend: str = "none"
    device: str = "cpu"
    phases: Mapping[int, PhaseFacts] = field(default_factory=dict)

    @property
    def data(self) -> str:
        """The names of the data files."""
        return ", ".join(dict.fromkeys(name for phase in self.phases.values() for name in phase.files))

    @property
    def processes(self) -> str:
        """Such as `16 ranks on GPUs of 2 nodes, fsdp`; empty for one process on a processor."""
        where = "on GPUs" if self.device == "cuda" else "on the processor"
        where += f" of {self.nodes} nodes" if self.nodes > 1 else ""
        if self.ranks == 1:
            return "1 GPU" if self.device == "cuda" else ""
        return f"{self.ranks} ranks {where}, {self.backend}"


def facts_of(spec: JobSpec) -> TrainingFacts:
    """The facts of a job that trains. Options that are damaged or unknown are left out."""
    options = spec.options
    phases = _phases(spec)
    model = (
        text(options, "train", "model_path") or text(options, "phases", "model_path") or text(options, "student") or ""
    )
    strategy = "one phase"
    if spec.kind != "train" or part(options, "phases") is not None:
        strategy = "two phases" if len(phases) > 1 else "skills only" if 2 in phases else "knowledge only"
    settings = next(iter(phases.values()), {})
    devices = _devices(settings)
    if number(settings, "lora_rank"):
        strategy = strategy.removesuffix(" only") + ", LoRA"
    return TrainingFacts(
        model=short_name(PurePath(model)) or ("tiny student" if spec.kind == "quickstart" else ""),
        model_path=model,
        strategy=strategy,
        ranks=devices.world_size,
        nodes=devices.nnodes,
        backend=devices.backend,
        device=devices.device,
        phases={phase: _phase(settings) for phase, settings in phases.items()},
    )


def _phases(spec: JobSpec) -> dict[int, Mapping[str, Any]]:
    """The settings of each phase."""
    options = spec.options
    if spec.kind == "quickstart":
        return _of_quickstart(options)
    if spec.kind == "train" and (single := part(options, "train")) is not None:
        return {1: single}
    found = {}
    for phase in (1, 2):
        settings = part(options, "phases", f"phase{phase}", "training") or part(options, f"phase{phase}")
        if isinstance(settings, Mapping):
            found[phase] = settings
    return found


def _of_quickstart(options: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    try:
        job = QuickstartJob.from_data(options)
    except LabtopError:
        return {}
    recipe = recipe_for(short=job.short, given_student=job.student is not None)
    return {1: recipe.phase1(job.seed).model_dump(), 2: recipe.phase2(job.seed).model_dump()}


def _phase(settings: Mapping[str, Any]) -> PhaseFacts:
    epochs, batch = number(settings, "num_epochs"), number(settings, "effective_batch_size")
    files = part(settings, "data_path")
    names = [files] if isinstance(files, str) else files if isinstance(files, list) else []
    return PhaseFacts(
        None if epochs is None else int(epochs),
        int(batch) if batch else None,
        tuple(PurePath(str(name)).name for name in names),
    )


def _devices(settings: Mapping[str, Any]) -> DeviceOptions:
    known = {name: settings[name] for name in DeviceOptions.model_fields if name in settings}
    try:
        return DeviceOptions(**known)
    except ValidationError:
        return DeviceOptions()
