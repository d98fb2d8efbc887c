"""The files of services."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LabtopError
from core.serving.service.installed import (
    checked_name,
    delete,
    installed,
    require_installed,
    secrets_file,
    unit_file,
    unit_of,
    write,
)
from core.serving.service.unit import ServiceUnit

SECRET = "sk-not-in-the-unit"


def unit(name: str, *, secret: bool = True) -> ServiceUnit:
    return ServiceUnit(name, name, ("/x", name), environment_file=secrets_file(name) if secret else None)


def test_files_of_a_service(own_home: Path) -> None:
    assert write(unit("one"), {"LABTOP_API_KEY": SECRET}) is False
    assert unit_file("one") == own_home / ".config/systemd/user/one.service"
    assert SECRET not in unit_of("one")
    private = secrets_file("one")
    assert private.read_text() == f'LABTOP_API_KEY="{SECRET}"\n' and private.stat().st_mode & 0o777 == 0o600
    private.chmod(0o644)
    assert write(unit("one"), {"LABTOP_API_KEY": "other"}) is True
    assert private.stat().st_mode & 0o777 == 0o600
    write(unit("one", secret=False), {})
    assert not private.exists()
    assert installed() == ["one"]
    delete("one")
    assert installed() == []


def test_unit_of_somebody_else_is_kept() -> None:
    unit_file("mine").parent.mkdir(parents=True)
    unit_file("mine").write_text("[Service]\nExecStart=/bin/true\n")
    with pytest.raises(LabtopError, match="was not written by labtop"):
        write(unit("mine"), {})
    assert installed() == []
    with pytest.raises(LabtopError, match="has installed no service mine"):
        require_installed("mine")


def test_which_service_is_meant() -> None:
    with pytest.raises(LabtopError, match="No service is installed"):
        require_installed(None)
    write(unit("one"), {})
    assert require_installed(None) == require_installed("one.service") == "one"
    write(unit("two"), {})
    with pytest.raises(LabtopError, match="2 services are installed: one, two"):
        require_installed(None)
    for name in ("", "a b", "../x", "a@b", "-x", "a\n", "x" * 200):
        with pytest.raises(LabtopError, match="cannot be the name"):
            checked_name(name)
