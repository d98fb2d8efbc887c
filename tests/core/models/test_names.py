"""How models are called on screens."""

from __future__ import annotations

from pathlib import Path

from core.models.names import short_name


def test_short_name_of_numbered_folder_has_its_parent() -> None:
    assert short_name(Path("/home/a/student/1")) == "student/1"
    assert short_name(Path("/models/granite-7b-starter")) == "granite-7b-starter"
    assert short_name(Path("1")) == "1"
