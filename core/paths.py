"""Every file and folder that the program uses.

With `LABTOP_HOME` set, all of them are in that folder. Without it, they follow the XDG variables, with data and models
in InstructLab's folders, so that existing ones are found.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import LabtopError


@dataclass(frozen=True)
class Paths:
    """The root folders; all other paths are derived from them."""

    config_dir: Path
    state_dir: Path
    data_dir: Path
    cache_dir: Path

    @property
    def config_file(self) -> Path:
        return self.config_dir / "config.yaml"

    @property
    def trusted_dir(self) -> Path:
        """Certificates that the user trusts in addition to the system's."""
        return self.config_dir / "trusted"

    @property
    def server_key_file(self) -> Path:
        """The API key of servers that other machines can reach, unless the user chose another one."""
        return self.config_dir / "server-api-key"

    @property
    def jobs_dir(self) -> Path:
        return self.state_dir / "jobs"

    @property
    def training_speeds_file(self) -> Path:
        """How fast the trainings on this machine were."""
        return self.state_dir / "training-speeds.json"

    @property
    def log_file(self) -> Path:
        """The file of tracebacks, which are never shown to the user."""
        return self.state_dir / "labtop.log"

    @property
    def taxonomy_dir(self) -> Path:
        return self.data_dir / "taxonomy"

    @property
    def unsaved_dir(self) -> Path:
        """Unsaved texts of the workbench's editors."""
        return self.state_dir / "unsaved"

    @property
    def datasets_dir(self) -> Path:
        return self.data_dir / "datasets"

    @property
    def checkpoints_dir(self) -> Path:
        return self.data_dir / "checkpoints"

    @property
    def phased_dir(self) -> Path:
        return self.data_dir / "phased"

    @property
    def run_dir(self) -> Path:
        """The default folder of `labtop run`."""
        return self.data_dir / "run"

    @property
    def internal_dir(self) -> Path:
        return self.data_dir / "internal"

    @property
    def chatlogs_dir(self) -> Path:
        return self.data_dir / "chatlogs"

    @property
    def pictures_dir(self) -> Path:
        """Pictures of the workbench's screen."""
        return self.data_dir / "screenshots"

    @property
    def models_dir(self) -> Path:
        return self.cache_dir / "models"

    @property
    def prepared_dir(self) -> Path:
        """Tokenised training data."""
        return self.cache_dir / "prepared"

    @property
    def documents_cache_dir(self) -> Path:
        """Bare clones of the knowledge documents' repositories."""
        return self.cache_dir / "documents"


def expanded(path: str | Path) -> Path:
    """A path with a leading `~` resolved; `~name` of an unknown user is kept, as in shells."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - pathlib raises for such a user


def resolve(environment: Mapping[str, str]) -> Paths:
    """The paths for an environment. Raises LabtopError for a user without a home folder."""
    home = environment.get("LABTOP_HOME")
    try:
        root = Path(home).expanduser().absolute() if home else None
        user = Path(environment.get("HOME") or ("/" if root else Path.home()))
    except RuntimeError as error:
        raise LabtopError(
            f"User {os.getuid()} has no home folder: HOME is not set, and the system does not know this user.",
            hint="Set LABTOP_HOME to a folder for all files, for example LABTOP_HOME=/tmp/labtop",
        ) from error
    if root is not None:
        return Paths(root / "config", root / "state", root / "data", root / "cache")

    def xdg(variable: str, default: str) -> Path:
        value = environment.get(variable, "")
        # The XDG base directory specification requires relative paths to be ignored.
        return Path(value) if value.startswith("/") else user / default

    return Paths(
        config_dir=xdg("XDG_CONFIG_HOME", ".config") / "labtop",
        state_dir=xdg("XDG_STATE_HOME", ".local/state") / "labtop",
        data_dir=xdg("XDG_DATA_HOME", ".local/share") / "instructlab",
        cache_dir=xdg("XDG_CACHE_HOME", ".cache") / "instructlab",
    )


def current() -> Paths:
    """The paths of this process."""
    return resolve(os.environ)
