"""Names that a shell completes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from core import paths
from core.config.option_table import TABLE
from tests.tui.cli.running import LABTOP
from tui.cli.complete import COMPLETIONS


def offered(*words: str) -> list[str]:
    """The values that bash is given for the last word, which may be empty."""
    variables = {"_LABTOP_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run([LABTOP], env={**os.environ, **variables}, capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.fixture
def models() -> Path:
    folder = paths.current().models_dir
    for name in ("granite-7b-starter", "org/tiny", "mixtral"):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.json").write_text("{}")
    return folder


def test_models_sessions_and_catalog_are_completed(models: Path) -> None:
    assert offered("labtop", "model", "serve", "--model-path", "") == [
        "plain,granite-7b-starter",
        "plain,mixtral",
        "plain,org/tiny",
    ]
    assert offered("labtop", "chat", "-m", "or") == ["plain,org/tiny"]
    assert offered("labtop", "model", "remove", "mi") == ["plain,mixtral"]
    assert offered("labtop", "model", "evaluate", "--model", "/sr") == ["dir,/sr"]
    assert "plain,granite-7b-redhat-lab" in offered("labtop", "model", "download", "-rp", "granite-7b")
    chats = paths.current().chatlogs_dir
    chats.mkdir(parents=True)
    (chats / "chat_2026-11-29T15_40_23.jsonl").write_text("")
    assert offered("labtop", "chat", "-s", "chat") == ["plain,chat_2026-11-29T15_40_23"]


def test_completed_options_exist() -> None:
    for command, name in COMPLETIONS:
        assert name in {row.name for row in TABLE[command].options if row.flags}, (command, name)
