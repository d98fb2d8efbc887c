"""The options before the command, which apply to every command. Light: `labtop --help` imports it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import click

from core.errors import LabtopError


class GlobalOptions(NamedTuple):
    """Options before the command, which apply to every command."""

    config_file: Path | None = None
    taxonomy_path: Path | None = None
    ascii_only: bool = False
    verbose: bool = False
    theme: str | None = None


def global_options(context: click.Context | None) -> GlobalOptions:
    """Those of this command line."""
    return context.find_object(GlobalOptions) or GlobalOptions() if context is not None else GlobalOptions()


def require_config(file: Path) -> None:
    """Raise LabtopError if the settings file given on the command line is missing."""
    if not file.exists():
        raise LabtopError(
            f"There is no settings file {file}.", hint=f"Create it with: labtop --config {file} config init"
        )
