"""The options of `model list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from core.config.options.base import JsonOptions, PathKind, once


class ListModelsOptions(JsonOptions):
    """All options of the command."""

    model_dirs: Annotated[tuple[Path, ...], PathKind("folder"), once()] = ()
    """Folder to search; may be given several times. [default: labtop's models]"""
    list_checkpoints: Annotated[bool, once()] = False
    """List checkpoints of trainings, too."""
