"""The GPU plan for teacher, student and judge, as far as they are on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import paths
from core.config.settings import Settings
from core.errors import LabtopError
from core.models.catalog import BASE, catalog, located
from core.models.local import check_model_folder
from core.serving.gpu_plan import Assignment, Need, Role, need_of, plan_gpus
from core.serving.names import BUILTIN_TEACHER, find_model
from core.system.devices import describe_process, usable_devices
from core.system.gpu import GpuReading

KINDS: Mapping[Role, str] = {"teacher": "teacher/critic", "student": BASE, "judge": "judge"}
"""The catalog's kind of the models for each role."""


@dataclass(frozen=True)
class RolePlan:
    """Which GPUs the models of the method get, or why they have no room."""

    assignments: tuple[Assignment, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None

    def to_data(self) -> dict[str, Any]:
        """The section `gpu_plan` of `system info --json`."""
        models = [
            {
                "role": each.need.role,
                "model": each.need.name,
                "devices": list(each.ids),
                "memory_each": each.need.on_each(len(each.devices)),
                "not_with": list(each.shared_with),
                "sentence": each.sentence,
            }
            for each in self.assignments
        ]
        return {"models": models, "notes": list(self.notes), "problem": self.problem}


def plan_roles(settings: Settings, reading: GpuReading, environment: Mapping[str, str]) -> RolePlan | None:
    """The plan for the models that the settings name, or else the documented ones; None without GPUs or models."""
    devices = usable_devices(reading, environment)
    needs = [need for role in KINDS if (need := _need(role, settings)) is not None]
    if not devices or not needs:
        return None
    try:
        plan = plan_gpus(needs, devices, who=describe_process)
    except LabtopError as error:
        return RolePlan(problem=" ".join(filter(None, (error.message, error.hint))))
    return RolePlan(plan.assignments, plan.notes)


def _need(role: Role, settings: Settings) -> Need | None:
    """What a role's model takes; None if it is not here, or incomplete."""
    models_dir = paths.current().models_dir
    named = {"teacher": settings.generate.model, "student": settings.train.model_path}.get(role)
    if role == "teacher" and settings.generate.endpoint_url:
        return None  # it runs elsewhere
    folder = None if named in (None, BUILTIN_TEACHER) else find_model(str(named), models_dir)
    if folder is None:
        documented = [model for model in catalog() if model.kind == KINDS[role] and model.needed]
        folder = next((str(entry.path) for entry in located(documented, models_dir) if entry.path), None)
    if folder is None:
        return None
    try:
        return need_of(role, check_model_folder(Path(folder)))
    except LabtopError:
        return None
