"""The options of `quickstart`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from core.config.options.base import Folder, JobOptions, Seed, once


class QuickstartOptions(JobOptions):
    """All options of the command."""

    folder: Annotated[Folder, once("--dir")] = Path("labtop-quickstart")
    """Folder for all results; an unfinished run in it is resumed."""
    sample: Annotated[Folder | None, once()] = None
    """Folder of another sample, with documents/ and taxonomy/. Default: the built-in sample."""
    student: Annotated[str | None, once()] = None
    """Train this model instead of the tiny built-in one: its folder, or the name of a model on this machine. It is
    trained with the default learning rates of labtop model train."""
    short: Annotated[bool, once()] = False
    """Run every stage with little data; the student learns little."""
    seed: Annotated[Seed, once()] = 42
    """Random seed of weights, sample order and sampling."""
