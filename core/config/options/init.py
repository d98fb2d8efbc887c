"""The options of `config init`."""

from __future__ import annotations

from typing import Annotated

from core.config.options.base import File, Folder, Options, once


class InitOptions(Options):
    """The whole command; none of it is a setting itself."""

    interactive: Annotated[bool, once("--interactive/--non-interactive")] = True
    """Ask, or take what the options say."""
    profile: Annotated[str | None, once()] = None
    """Training profile, for example A100_H100_x8.yaml."""
    model_path: Annotated[str | None, once()] = None
    """The student to train: its folder, or the name of a model on this machine."""
    taxonomy_path: Annotated[Folder | None, once()] = None
    """Folder of your taxonomy."""
    taxonomy_base: Annotated[str | None, once()] = None
    """Git revision that changes are counted from."""
    config: Annotated[File | None, once()] = None
    """Settings file to write; without one, your own. The same as --config before the command."""
    force: Annotated[bool, once()] = False
    """Write over an existing file without asking."""
    repository: Annotated[str | None, once()] = None
    """Address of a taxonomy to clone; this version only says which command clones it."""
    min_taxonomy: Annotated[bool, once()] = False
    """Clone without history; see --repository."""
