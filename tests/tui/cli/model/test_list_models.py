"""`labtop model list`, and what the commands say to a GGUF file that it shows."""

from __future__ import annotations

import json

import pytest

from core import paths
from tests.tui.cli.running import labtop


@pytest.fixture
def gguf() -> str:
    folder = paths.current().models_dir / "org"
    folder.mkdir(parents=True)
    (folder / "tiny-Q4.gguf").write_bytes(b"GGUF")
    return str(folder / "tiny-Q4.gguf")


def test_model_list_marks_gguf(gguf: str) -> None:
    listed = labtop("model", "list")
    assert "GGUF" in listed.stdout
    assert json.loads(labtop("model", "list", "--json").stdout)[0]["format"] == "gguf"


@pytest.mark.parametrize(
    "command",
    [
        ("model", "serve", "--model-path"),
        ("model", "train", "--device", "cpu", "--model-path"),
        ("model", "evaluate", "--benchmark", "mmlu_branch", "--model"),
        ("model", "chat", "--model-path"),
    ],
)
def test_gguf_is_one_error(command: tuple[str, ...], gguf: str) -> None:
    by_name, by_path = (labtop(*command, given, status=1) for given in ("org/tiny-Q4.gguf", gguf))
    assert by_name.stderr == by_path.stderr
    assert f"{gguf} is a GGUF file" in by_path.stderr
