"""A service together with the server that it runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.serving.registry import ServerRecord, ServerRegistry
from core.serving.service.installed import unit_file
from core.serving.service.manager import ServiceState, UserManager


@dataclass(frozen=True)
class Service:
    """A service of labtop at one moment."""

    name: str
    unit: Path
    state: ServiceState | None
    """None if systemd does not know it."""
    server: ServerRecord | None
    """The server that it runs."""

    def to_data(self) -> dict[str, Any]:
        """The record of `service status --json`."""
        unknown = dict.fromkeys(each.name for each in fields(ServiceState))
        return {
            "name": self.name,
            "unit": str(self.unit),
            **(unknown if self.state is None else asdict(self.state)),
            "server": None if self.server is None else self.server.to_data(),
        }


def read_service(name: str, manager: UserManager) -> Service:
    """An installed service, with its server if it runs."""
    state = manager.state(name)
    servers = ServerRegistry().read() if state is not None and state.pid is not None else []
    server = next((one for one in servers if state is not None and one.parent == state.pid), None)
    return Service(name, unit_file(name), state, server)
