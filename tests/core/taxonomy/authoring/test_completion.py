"""Completing paths and keys."""

from __future__ import annotations

from pathlib import PurePosixPath

from core.taxonomy.authoring.completion import folders_for


def test_folders_for_completes_typed_path() -> None:
    leaves = [PurePosixPath("knowledge/science/space/qna.yaml"), PurePosixPath("knowledge/art/music/qna.yaml")]
    assert folders_for("", leaves) == ["compositional_skills/", "foundational_skills/", "knowledge/"]
    assert folders_for("know", leaves) == ["knowledge/"]
    assert folders_for("knowledge/s", leaves) == ["knowledge/science/"]
    assert folders_for("knowledge/science/", leaves) == []
