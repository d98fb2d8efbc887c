"""The options of `config init`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import File, Folder, Options, once


class InitOptions(Options):
    """All options of the command; none of them is a setting."""

    interactive: Annotated[bool, once("--interactive/--non-interactive")] = True
    """Ask for the values, or take them from the options without asking."""
    profile: Annotated[str | None, once()] = None
    """Training profile for your GPUs, for example A100_H100_x8.yaml."""
    model_path: Annotated[str | None, once()] = None
    """Student model to train: its folder, or the name of a model on this machine."""
    taxonomy_path: Annotated[Folder | None, once()] = None
    """Folder of your taxonomy."""
    taxonomy_base: Annotated[str | None, once()] = None
    """Git revision that changes of the taxonomy are compared with."""
    config: Annotated[File | None, once()] = None
    """Settings file to write; the same as --config before the command. Default: your own settings file."""
    force: Annotated[bool, once()] = False
    """Overwrite an existing settings file without asking."""
    repository: Annotated[str | None, once()] = None
    """Clone your taxonomy from this git URL or path, unless its folder exists already."""
    min_taxonomy: Annotated[bool, once()] = False
    """Clone without the history; see --repository."""
    create_taxonomy: Annotated[bool, once()] = False
    """Create a new taxonomy, a git repository with a first commit, unless its folder exists already."""
