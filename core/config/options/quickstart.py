"""The options of `quickstart`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from core.config.options.base import Folder, JobOptions, Seed, once


class QuickstartOptions(JobOptions):
    """The whole command."""

    folder: Annotated[Folder, once("--dir")] = Path("labtop-quickstart")
    """Folder for everything that is made; an unfinished run in it is resumed."""
    sample: Annotated[Folder | None, once()] = None
    """Another sample than the built-in one: a folder with documents/ and taxonomy/."""
    student: Annotated[str | None, once()] = None
    """A real model to train in place of the tiny one that is made on the spot: its folder, or the name of one on this
    machine. It is trained with the learning rates of the documents."""
    short: Annotated[bool, once()] = False
    """Walk every stage quickly; the student learns little."""
    seed: Annotated[Seed, once()] = 42
    """Decides weights, order and draws."""
