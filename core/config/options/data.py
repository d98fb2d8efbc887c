"""The options of `data list` and `data show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from annotated_types import Le

from core.config.options.base import JsonOptions, PathKind, Positive, once


class ListDatasetsOptions(JsonOptions):
    """All options of `data list`."""

    dataset_dirs: Annotated[tuple[Path, ...], PathKind("folder"), once()] = ()
    """Folder to search; may be given several times. [default: labtop's datasets]"""


class ShowDatasetOptions(JsonOptions):
    """All options of `data show`; the file is an argument."""

    limit: Annotated[Positive, Le(1_000_000_000), once()] = 5
    """Number of records to show."""
    json_output: Annotated[bool, once("--json")] = False
    """Print the records as one JSON document."""
