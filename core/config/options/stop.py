"""The options of `model stop`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import JsonOptions, once


class StopOptions(JsonOptions):
    """All options of the command; the server is an argument."""

    all_servers: Annotated[bool, once("--all")] = False
    """Stop every server, except those that a job or a chat uses."""
    force: Annotated[bool, once("--force", "-f")] = False
    """Also stop a server that a job or a chat uses."""
