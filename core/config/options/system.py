"""The options of `system info`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import JsonOptions, once


class SystemInfoOptions(JsonOptions):
    """All options of the command."""

    json_output: Annotated[bool, once("--json")] = False
    """Print one JSON document, with sizes in bytes."""
