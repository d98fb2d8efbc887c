"""The files of services: their units in systemd's folder, and their secrets in ours."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from core import paths
from core.errors import LabtopError, disk_error
from core.files import write_atomic
from core.paths import expanded
from core.serving.service.unit import MARK, ServiceUnit, environment_text, unit_text

DEFAULT_NAME = "labtop-serve"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
"""Names of services that need no escapes; systemd also permits `:` and `@`, which have other meanings elsewhere."""

MAX_UNIT_BYTES = 2**20


def checked_name(name: str) -> str:
    """A service's name without `.service`. Raises LabtopError."""
    name = name.removesuffix(".service")
    if not NAME.fullmatch(name):
        raise LabtopError(
            f"{name!r} cannot be the name of a service.", hint="Use letters, digits, dots, dashes and underscores."
        )
    return name


def unit_folder() -> Path:
    """Where systemd looks for this user's units."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(config) if config.startswith("/") else expanded("~/.config")) / "systemd" / "user"


def unit_file(name: str) -> Path:
    return unit_folder() / f"{name}.service"


def secrets_file(name: str) -> Path:
    """The private file with a service's secret variables."""
    return paths.current().config_dir / "services" / f"{name}.env"


def installed() -> list[str]:
    """The names of the services that labtop wrote."""
    with suppress(OSError):
        return sorted(file.stem for file in unit_folder().glob("*.service") if is_ours(file))
    return []


def is_ours(file: Path) -> bool:
    """Whether labtop wrote a unit."""
    return _read(file).startswith(MARK)


def unit_of(name: str) -> str:
    """The text of an installed unit."""
    return _read(unit_file(name))


def require_installed(name: str | None) -> str:
    """The service that a user means; without a name the only one. Raises LabtopError."""
    names = installed()
    if name is not None:
        name = checked_name(name)
        if name not in names:
            others = f" There are: {', '.join(names)}." if names else ""
            raise LabtopError(
                f"labtop has installed no service {name}.{others}", hint="Install one with: labtop service install"
            )
        return name
    if len(names) != 1:
        raise LabtopError(
            f"{len(names)} services are installed: {', '.join(names)}." if names else "No service is installed.",
            hint="Name one of them." if names else "Install one with: labtop service install",
        )
    return names[0]


def write(unit: ServiceUnit, secrets: Mapping[str, str]) -> bool:
    """Write a service's files, its secrets first. Returns whether it replaced a unit of ours.

    Raises LabtopError for a unit of the same name that labtop did not write.
    """
    file = unit_file(unit.name)
    replaces = file.exists()
    if replaces and not is_ours(file):
        raise LabtopError(
            f"{file} was not written by labtop, so it is not replaced.", hint="Choose another name with --name."
        )
    text = unit_text(unit)
    if unit.environment_file is not None:
        _remove(unit.environment_file)  # an existing file would keep its mode
        write_atomic(unit.environment_file, environment_text(secrets), private=True)
    else:
        _remove(secrets_file(unit.name))
    write_atomic(file, text, sync=True)
    return replaces


def delete(name: str) -> None:
    """Delete a service's files."""
    for file in (unit_file(name), secrets_file(name)):
        _remove(file)


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise disk_error(error, f"deleting {file}") from error


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_UNIT_BYTES).decode(errors="replace")
    except OSError:
        return ""
