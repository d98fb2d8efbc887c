"""What is set up already. Light: the first frame of the workbench waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SetupState:
    settings_file: Path
    has_settings: bool
    taxonomy: Path
    has_taxonomy: bool
    """Whether its folder exists and is not empty."""

    @property
    def is_first_run(self) -> bool:
        """Whether nothing is set up yet."""
        return not self.has_settings and not self.has_taxonomy


def read_setup(taxonomy: Path, settings_file: Path) -> SetupState:
    """What exists: two looks at the disk."""
    try:
        filled = taxonomy.is_dir() and any(taxonomy.iterdir())
    except OSError:
        filled = True  # it exists and cannot be read, which its own pane reports
    return SetupState(settings_file, settings_file.exists(), taxonomy, filled)
