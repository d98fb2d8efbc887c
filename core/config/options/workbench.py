"""The settings of the workbench."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from core.config.options.base import Options, setting


class WorkbenchOptions(Options):
    """Options of `labtop` without a command."""

    section: ClassVar[str | None] = "workbench"

    theme: Literal["dark", "light", "high-contrast"] = "dark"
    """Colours of the workbench."""
    bell: Annotated[bool, setting()] = True
    """Ring the terminal's bell when a job ends."""
