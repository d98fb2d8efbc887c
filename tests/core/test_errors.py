"""Errors as sentences for the user."""

from __future__ import annotations

import errno

from core.errors import IncompleteError, LabtopError, disk_error


def test_disk_error() -> None:
    denied = disk_error(PermissionError(errno.EACCES, "Permission denied"), "writing x")
    assert denied.message == "Permission denied while writing x."
    assert denied.hint is not None


def test_error_crosses_a_process_border_with_its_fields() -> None:
    full = disk_error(OSError(errno.ENOSPC, "No space left on device"), "writing x")
    read = LabtopError.from_data(full.to_data())
    assert (read.message, read.hint, read.code, read.job_command) == (full.message, full.hint, "disk-full", "resume")
    assert IncompleteError("Most is done.", "Resume.", {}).to_data()["code"] == "incomplete"
