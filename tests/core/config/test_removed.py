"""Settings that were removed do not make an old file unusable."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.load import load
from core.config.removed import REMOVED
from core.config.section import read_section


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text("version: 1\nlint:\n  passage_reference: error\n  max_context_words: 400\n")
    return path


@pytest.mark.parametrize("environment", [{}, {"LABTOP_LINT_PASSAGE_REFERENCE": "off"}])
def test_load_notes_a_removed_setting(file: Path, environment: dict[str, str]) -> None:
    resolved = load(file, environment=environment)
    assert resolved.settings.lint.max_context_words == 400
    (note,) = resolved.notes
    assert note.startswith("config.yaml:3: lint.passage_reference has no effect")


def test_read_section_notes_a_removed_setting(file: Path) -> None:
    notes: list[str] = []
    assert read_section("lint", file, {}, notes.append) == {"max_context_words": 400}
    assert len(notes) == 1


def test_removed_settings_are_no_settings() -> None:
    settings = load(Path("none"), environment={}).settings
    for name in REMOVED:
        section, setting = name.split(".")
        assert not hasattr(getattr(settings, section), setting)
