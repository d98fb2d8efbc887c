"""Errors as sentences for the user."""

from __future__ import annotations

import errno

from core.errors import disk_error


def test_an_operating_systems_error_becomes_a_sentence() -> None:
    denied = disk_error(PermissionError(errno.EACCES, "Permission denied"), "writing x")
    assert denied.message == "Permission denied while writing x."
    assert denied.hint is not None
