"""The options of `data list` and `data show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from core.config.options.base import JsonOptions, PathKind, Positive, once


class ListDatasetsOptions(JsonOptions):
    """The whole of `data list`."""

    dataset_dirs: Annotated[tuple[Path, ...], PathKind("folder"), once()] = ()
    """Folders to look in. [default: labtop's datasets]"""


class ShowDatasetOptions(JsonOptions):
    """The whole of `data show`, but for the file."""

    limit: Annotated[Positive, once()] = 5
    """How many records to show."""
    json_output: Annotated[bool, once("--json")] = False
    """Print the records as one JSON document."""
