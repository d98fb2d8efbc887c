"""The arguments of the job that serves a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from core.config.options.base import File, Texts
from core.config.options.serve import BackendOptions, Port
from core.config.worker_arguments import parse
from core.serving.keys import Access, server_access


class ServeJob(BackendOptions):
    """The options of `core.serving.job:run`."""

    model: str
    """A model's folder, or builtin:extractive."""
    host: str
    port: Port
    served_name: str | None = None
    """The model's name for clients; by default the name and the path of its folder."""
    api_key_file: File | None = None
    allowed_hosts: Texts = ()

    def access(self, environment: Mapping[str, str]) -> Access:
        """Who may use the server; see `core.serving.keys.server_access`."""
        return server_access(self.host, self.api_key_file, self.allowed_hosts, environment)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """The options of a job."""
        return parse(cls, data, "Serving")

    def to_data(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
