"""The options of `service` and its commands."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import JsonOptions, Options, Positive, once


class InstallServiceOptions(Options):
    """Options of `service install` in addition to those of `model serve`."""

    name: Annotated[str | None, once()] = None
    """Name of the service. Default: labtop-serve."""
    print_unit: Annotated[bool, once("--print")] = False
    """Print the unit, and install nothing."""
    no_start: Annotated[bool, once("--no-start")] = False
    """Do not start the service now, only when the machine starts."""


class ServiceStatusOptions(JsonOptions):
    """All options of `service status`."""


class ServiceLogsOptions(Options):
    """All options of `service logs`."""

    follow: Annotated[bool, once("--follow", "-f")] = False
    """Keep showing new lines until Ctrl+C."""
    lines: Annotated[Positive, once("--lines", "-n")] = 100
    """Number of last lines to show."""
