"""The options before the command, which apply to every command."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import File, Folder, Options, once


class LabtopOptions(Options):
    """The options of `labtop` itself."""

    config_file: Annotated[File | None, once("--config", variable="LABTOP_CONFIG")] = None
    """Settings file to use instead of your own one."""
    taxonomy_path: Annotated[Folder | None, once()] = None
    """Folder of the taxonomy, for the workbench and for every command."""
    ascii_only: Annotated[bool, once("--ascii")] = False
    """Print ASCII characters only."""
    verbose: Annotated[bool, once("-v", "--verbose")] = False
    """Show where the values of options come from, and tracebacks of errors."""
