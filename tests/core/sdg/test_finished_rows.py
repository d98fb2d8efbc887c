"""Finished rows on the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

import pytest

from core.errors import LabtopError
from core.sdg.engine.finished import FinishedRows

LONG = "x" * 1_000_000
"""More than a file buffers."""


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FinishedRows:
    """Rows in a folder of a disk that is full."""

    def open_full(dir: Path) -> IO[bytes]:  # noqa: A002
        return Path("/dev/full").open("w+b")

    monkeypatch.setattr(tempfile, "TemporaryFile", open_full)
    return FinishedRows(tmp_path / "rows")


def test_full_disk_error_names_the_folder(full: FinishedRows, tmp_path: Path) -> None:
    with pytest.raises(LabtopError, match=f"disk is full.* {tmp_path / 'rows'}") as caught:
        full.add(0, (0,), {"text": LONG})
    assert caught.value.job_command == "resume"
    full.close()


def test_full_disk_is_reported_for_buffered_rows(full: FinishedRows, tmp_path: Path) -> None:
    full.add(0, (0,), {"text": "short"})
    with pytest.raises(LabtopError, match=f"disk is full.* {tmp_path / 'rows'}"):
        full.read(0)
    full.close()


def test_unusable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows").write_text("a file")
    with pytest.raises(LabtopError, match=str(tmp_path / "rows")):
        FinishedRows(tmp_path / "rows")
