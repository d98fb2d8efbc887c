"""Settings read without pydantic are those that are read with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.config.load import load
from core.config.quick import read_quickly
from core.config.save import render

SECTIONS = ("chat", "generate", "lint", "workbench", "serve")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yaml"


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("", {}),
        ("version: 1\ngenerate:\n  taxonomy_path: some/where\n  taxonomy_base: main~1\n", {}),
        ("chat:\n  model: tuned\n  temperature: 0.3\nworkbench:\n  theme: light\nserve:\n", {}),
        ("workbench:\n  theme: light\n", {"LABTOP_WORKBENCH_THEME": "high-contrast", "LABTOP_CHAT_MODEL": "other"}),
        ("lint:\n  similar_question: off\n  max_context_words: 400\n", {"LABTOP_HOME": "/somewhere"}),
        ("lint:\n  passage_reference: error\n", {}),
        ("chat:\n  model: null\ntrain:\n  profile: L40_x4\n", {}),
    ],
)
def test_quick_settings_equal_all_settings(file: Path, text: str, environment: dict[str, str]) -> None:
    file.write_text(text)
    quick = read_quickly(file, environment)
    assert quick is not None
    resolved = load(file, environment)
    for section in SECTIONS:
        for name, value in resolved.section(section).items():
            assert quick[section][name] == value or (quick[section][name], value) == (None, ()), f"{section}.{name}"


def test_quick_settings_accept_a_written_file(file: Path) -> None:
    file.write_text(render(load(file, {})))
    assert read_quickly(file, {}) is not None


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("workbench:\n  theme: pink\n", {}),
        ("workbench:\n  thme: light\n", {}),
        ("workbnch: {}\n", {}),
        ("workbench: light\n", {}),
        ("version: 2\n", {}),
        ("chat:\n  model: 3\n", {}),
        ("train:\n  profile: none-such\n", {}),
        ("train:\n  num_epochs: many\n", {}),
        ("train:\n  checkpoint_at_epoch: often\n", {}),
        ("", {"LABTOP_CHAT_MODLE": "x"}),
        ("", {"LABTOP_TRAIN_NUM_EPOCHS": "0"}),
    ],
)
def test_quick_settings_leave_what_is_wrong_to_load(file: Path, text: str, environment: dict[str, str]) -> None:
    file.write_text(text)
    assert read_quickly(file, environment) is None
