"""The arguments of the job that serves a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from core.config.options.base import Options
from core.config.options.serve import Port
from core.config.worker_arguments import parse


class ServeJob(Options):
    """What `core.serving.job:run` is started with."""

    model: str
    """A model's folder, or builtin:extractive."""
    host: str
    port: Port
    served_name: str | None = None
    """What clients call the model; the name and the path of its folder, if None."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The options of a job."""
        return parse(cls, data, "Serving")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
