"""The model that is served and talked to when the user names none."""

from __future__ import annotations

from dataclasses import dataclass

from core import paths
from core.errors import LabtopError
from core.jobs.folder import JobStore
from core.jobs.observe import observe_all
from core.models.catalog import catalog, located
from core.overview.best import best_model


@dataclass(frozen=True)
class DefaultModel:
    """A model that was chosen, and why."""

    path: str
    """Its folder."""
    why: str
    """A sentence."""


def default_model() -> DefaultModel:
    """The documents' default model if it is on this machine, else the best model of the newest training.

    Raises LabtopError when there is neither.
    """
    defaults = [model for model in catalog() if model.default]
    for entry in located(defaults, paths.current().models_dir):
        if entry.path is not None:
            release = " and ".join(entry.model.releases)
            return DefaultModel(
                str(entry.path), f"No model was named: using {entry.model.name}, the default of release {release}."
            )
    best = best_model(observe_all(JobStore()))
    if best is not None:
        return DefaultModel(
            best.path,
            f"No model was named: using {best.path}, the best one of the newest training or evaluation ({best.job}).",
        )
    names = ", ".join(model.name for model in defaults)
    raise LabtopError(
        f"No model was named, and this machine has none of the defaults: {names}, or a trained model.",
        hint=f"Download it with `labtop model download --repository {defaults[0].name}`, "
        "or name a model with --model-path.",
    )
